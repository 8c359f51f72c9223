// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/foreign_file.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "util/utf8.hpp"

namespace hyperlips {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kStart = 512;  // enough for the first tag of a web page behind a comment

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char &c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

/// Whether the text has no control characters. It may end within a UTF-8 sequence.
bool is_text(std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  const auto space = [](char c) { return c == '\n' || c == '\r' || c == '\t'; };
  if (std::ranges::any_of(text, [&](char c) { return control(c) && !space(c); })) return false;
  for (int cut = 0; cut < 4 && !text.empty(); ++cut, text.remove_suffix(1))
    if (is_utf8(text)) return true;
  return false;
}

std::string describe_text(std::string_view text) {
  constexpr auto kByteOrderMark = "\xef\xbb\xbf"sv;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.starts_with("version https://git-lfs.github.com/"))
    return "it is a pointer of Git LFS, not the file that it stands for; run \"git lfs pull\" or "
           "download the file itself";
  const std::string start =
      lower_case(text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size())));
  for (const auto mark : {"<!doctype html"sv, "<html"sv, "<head"sv, "<body"sv, "<script"sv})
    if (start.starts_with("<") && start.find(mark) != start.npos)
      return "it is a web page (HTML), for example that of a link, a login or an error; download "
             "the file itself";
  if (start.starts_with("<?xml") || start.starts_with("{") || start.starts_with("["))
    return "it is text, perhaps the answer of a server that did not send the file; download the "
           "file itself";
  return "it is a text file; download or copy the file itself";
}

}  // namespace

std::vector<std::byte> file_start(const ByteSource &file) {
  std::vector<std::byte> start(std::min<std::uint64_t>(file.size(), kStart));
  file.read(0, start);
  return start;
}

std::string foreign_file(std::span<const std::byte> start) {
  const std::string_view bytes(reinterpret_cast<const char *>(start.data()), start.size());
  if (bytes.empty()) return "it is empty; download or copy it again";
  struct Archive {
    std::string_view magic;
    const char *name;
  };
  static constexpr Archive kArchives[] = {{"\x1f\x8b"sv, "gzip"},
                                          {"BZh"sv, "bzip2"},
                                          {"\xfd"
                                           "7zXZ\0"sv,
                                           "xz"},
                                          {"\x28\xb5\x2f\xfd"sv, "zstd"},
                                          {"7z\xbc\xaf\x27\x1c"sv, "7z"},
                                          {"Rar!\x1a\x07"sv, "RAR"}};
  for (const auto &[magic, name] : kArchives)
    if (bytes.starts_with(magic))
      return "it is compressed (" + std::string(name) + "); unpack it first";
  if (bytes.find_first_not_of('\0') == bytes.npos)
    return "it begins with zeros only, as a download that was not finished; download it again";
  return is_text(bytes) ? describe_text(bytes) : std::string();
}

}  // namespace hyperlips
