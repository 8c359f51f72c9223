// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/quote.hpp"

#include <algorithm>

#include "util/utf8.hpp"

namespace hyperlips {
namespace {

constexpr std::size_t kLongestQuote = 200;

}  // namespace

std::string quote(std::string_view name) {
  constexpr char kHex[] = "0123456789abcdef";
  std::size_t size = std::min(name.size(), kLongestQuote);
  const auto continues = [&](std::size_t i) { return (name[i] & 0xc0) == 0x80; };
  while (size > 0 && size < name.size() && continues(size)) --size;
  const auto shown = name.substr(0, size);
  const bool plain = is_utf8(shown);
  std::string text = "'";
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !plain)) {
      text += "\\x";
      text += kHex[byte >> 4];
      text += kHex[byte & 15];
    } else {
      text += c;
    }
  }
  return text + (size < name.size() ? "...'" : "'");
}

std::string quote_path(const std::filesystem::path &path) { return "'" + path.string() + "'"; }

}  // namespace hyperlips
