// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace hyperlips {

/// The content of a regular file. Reads instead of mapping, so that a failing network drive gives
/// an error instead of a signal. Throws Error{NotFound} if the file does not exist, is not a
/// regular file or is not readable, and Error{Format} if reading stops early; both name the file.
std::vector<std::uint8_t> read_file_bytes(const std::filesystem::path &path);

}  // namespace hyperlips
