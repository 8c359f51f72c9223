// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace hyperlips {

inline constexpr char32_t kNotUtf8 = 0xffffffff;

/// Decodes the code point at offset `at` and advances `at` past it (RFC 3629). Returns kNotUtf8 and
/// advances by one byte if the sequence is invalid.
inline char32_t next_code_point(std::string_view text, std::size_t &at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  if (lead < 0xc2 || lead > 0xf4) return kNotUtf8;
  const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  char32_t code = lead & (0x3fu >> more);
  for (std::size_t i = 0; i < more; ++i) {
    if (at + i >= text.size()) return kNotUtf8;
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xc0) != 0x80) return kNotUtf8;
    code = code << 6 | (byte & 0x3fu);
  }
  constexpr std::array<char32_t, 4> kLeast = {0, 0x80, 0x800, 0x10000};
  if (code < kLeast[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return kNotUtf8;
  at += more;
  return code;
}

/// Whether the text is valid UTF-8.
inline bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (next_code_point(text, at) == kNotUtf8) return false;
  }
  return true;
}

}  // namespace hyperlips
