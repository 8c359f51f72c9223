// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace hyperlips {

/// A whole regular file. Reads rather than maps, so that a network drive that fails gives an error
/// and not a signal. Throws Error{NotFound} that names the file when it is not there, is no regular
/// file or may not be read, Error{Format} when reading stops early.
std::vector<std::uint8_t> read_file_bytes(const std::filesystem::path &path);

}  // namespace hyperlips
