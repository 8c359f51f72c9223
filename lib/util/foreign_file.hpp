// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "util/byte_source.hpp"

namespace hyperlips {

/// The first bytes of a file, at most 512: enough for foreign_file().
std::vector<std::byte> file_start(const ByteSource &file);

/// What a file is that was downloaded or copied in place of a binary file, and what to do:
/// "it is a web page (HTML), ...; download the file itself". Knows web pages, pointers of Git LFS,
/// answers of servers (XML, JSON), other text, compressed files and unfinished downloads. Empty if
/// `start`, which file_start() gives, is none of these.
std::string foreign_file(std::span<const std::byte> start);

}  // namespace hyperlips
