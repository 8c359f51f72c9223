// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace hyperlips {

/// The content of a regular file. Errors as for FileSource.
std::vector<std::uint8_t> read_file_bytes(const std::filesystem::path &path);

}  // namespace hyperlips
