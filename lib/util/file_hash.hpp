// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

namespace hyperlips {

/// A 64-bit hash of a regular file's content as 16 hexadecimal digits, to recognize a file again.
/// Not cryptographic. Reads the file in blocks. Errors as for read_file_bytes().
std::string file_hash(const std::filesystem::path &path);

}  // namespace hyperlips
