// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/file_hash.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <span>
#include <vector>

#include "hyperlips/error.hpp"
#include "util/byte_order.hpp"
#include "util/quote.hpp"
#include "util/random.hpp"

namespace hyperlips {

std::string file_hash(const std::filesystem::path &path) {
  constexpr std::size_t kBlock = 1 << 20, kWord = 8;
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  if (!file || !std::filesystem::is_regular_file(path, ignored))
    throw Error(ErrorKind::NotFound, "Cannot read file " + quote_path(path) + ".");
  std::vector<char> block(kBlock);
  std::uint64_t hash = 0, size = 0;
  while (file.read(block.data(), std::streamsize(kBlock)) || file.gcount() > 0) {
    const auto count = std::size_t(file.gcount());
    for (std::size_t at = 0; at < count; at += kWord)
      hash =
          mix(hash ^ load_little_endian(std::span(block).subspan(at, std::min(kWord, count - at))));
    size += count;
  }
  if (file.bad()) throw Error(ErrorKind::Format, "Cannot read all of " + quote_path(path) + ".");
  // Zeros at the end of the last word.
  hash = mix(hash ^ size);
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

}  // namespace hyperlips
