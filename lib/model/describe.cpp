// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/describe.hpp"

#include <algorithm>

namespace hyperlips {
namespace {

constexpr std::size_t longest_quote = 200;

}  // namespace

bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = byte(i++);
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;
    const std::size_t more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (more > text.size() - i) return false;
    // Neither longer than needed, nor a surrogate, nor beyond U+10FFFF.
    const int lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const int highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(i) < lowest || byte(i) > highest) return false;
    for (std::size_t j = 1; j < more; ++j) {
      if ((byte(i + j) & 0xc0) != 0x80) return false;
    }
    i += more;
  }
  return true;
}

std::string quote(std::string_view name) {
  constexpr char hex[] = "0123456789abcdef";
  std::size_t size = std::min(name.size(), longest_quote);
  const auto continues = [&](std::size_t i) { return (name[i] & 0xc0) == 0x80; };
  while (size > 0 && size < name.size() && continues(size)) --size;
  const auto shown = name.substr(0, size);
  const bool plain = is_utf8(shown);
  std::string text = "'";
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !plain)) {
      text += "\\x";
      text += hex[byte >> 4];
      text += hex[byte & 15];
    } else {
      text += c;
    }
  }
  return text + (size < name.size() ? "...'" : "'");
}

std::string quote_path(const std::filesystem::path &path) {
  // A path is shown whole: the user needs all of it to find the file.
  return "'" + path.string() + "'";
}

std::string describe_shape(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const auto size : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  return text + "]";
}

Error damaged(const std::filesystem::path &path, std::string_view kind, std::string_view problem) {
  return Error(ErrorKind::Format, quote_path(path) + " is no usable " + std::string(kind) + ": " +
                                      std::string(problem));
}

}  // namespace hyperlips
