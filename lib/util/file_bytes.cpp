// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/file_bytes.hpp"

#include "util/byte_source.hpp"

namespace hyperlips {

std::vector<std::uint8_t> read_file_bytes(const std::filesystem::path &path) {
  const FileSource file(path);
  std::vector<std::uint8_t> bytes(file.size());
  file.read(0, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace hyperlips
