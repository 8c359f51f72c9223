// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mkv_finish.hpp"

#include <bit>
#include <vector>

#include "file_editor.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

constexpr std::uint64_t kSegment = 0x18538067, kTags = 0x1254c367, kTag = 0x7373,
                        kSimpleTag = 0x67c8, kTagString = 0x4487, kTracks = 0x1654ae6b,
                        kTrackEntry = 0xae, kName = 0x536e, kVoid = 0xec;

struct Element {
  std::uint64_t id = 0;
  std::uint64_t start = 0;           // of the header
  std::uint64_t begin = 0, end = 0;  // of the content
};

/// The length of a variable-size integer in bytes: one more than the leading zeros of its first
/// byte (RFC 8794, section 4).
int length_at(FileEditor &file, std::uint64_t at) {
  const int length = std::countl_zero(static_cast<unsigned char>(file.number(at, 1))) + 1;
  if (length > 8) throw file.unexpected();
  return length;
}

std::vector<Element> children(FileEditor &file, const Element &parent) {
  std::vector<Element> found;
  std::uint64_t at = parent.begin;
  while (at + 2 <= parent.end) {
    const std::uint64_t start = at;
    const int id_length = length_at(file, at);
    const std::uint64_t id = file.number(at, id_length);
    at += std::uint64_t(id_length);
    const int size_length = length_at(file, at);
    const std::uint64_t all_ones = (std::uint64_t(1) << (7 * size_length)) - 1;
    const std::uint64_t size = file.number(at, size_length) & all_ones;
    at += std::uint64_t(size_length);
    // All ones: unknown size, up to the end of the parent.
    const std::uint64_t end = size == all_ones ? parent.end : at + size;
    if (end > parent.end) throw file.unexpected();
    found.push_back({id, start, at, end});
    at = end;
  }
  return found;
}

std::vector<Element> children(FileEditor &file, const Element &parent, std::uint64_t id) {
  std::vector<Element> found = children(file, parent);
  std::erase_if(found, [id](const Element &element) { return element.id != id; });
  return found;
}

/// Replaces a serialized string by its value.
void make_plain(FileEditor &file, const Element &string) {
  const auto size = std::size_t(string.end - string.begin);
  const std::string text = file.text(string.begin, size);
  if (text.empty() || text.front() != '"') return;
  GValue value = G_VALUE_INIT;
  g_value_init(&value, G_TYPE_STRING);
  if (gst_value_deserialize(&value, text.c_str())) {
    std::string plain = g_value_get_string(&value);
    if (plain.size() <= size) {
      plain.resize(size, '\0');  // padding (RFC 8794, section 7.5)
      file.write(string.begin, plain);
    }
  }
  g_value_unset(&value);
}

/// Turns an element into one that readers skip (Void, RFC 8794, section 11.3.2).
void blank(FileEditor &file, const Element &element) {
  const std::uint64_t size = element.end - element.begin;
  // The size field takes the rest of the header, so that the length of the element stays.
  const int size_length = int(element.begin - element.start) - 1;
  if (size_length < 1 || size_length > 8) throw file.unexpected();
  file.write(element.start, 1, kVoid);
  file.write(element.start + 1, size_length, std::uint64_t(1) << (7 * size_length) | size);
  file.write(element.begin, std::string(std::size_t(size), '\0'));
}

}  // namespace

void finish_mkv(const std::filesystem::path &path) {
  try {
    FileEditor file(path);
    for (const Element &segment : children(file, {0, 0, 0, file.size()}, kSegment)) {
      for (const Element &tracks : children(file, segment, kTracks)) {
        for (const Element &track : children(file, tracks, kTrackEntry)) {
          for (const Element &name : children(file, track, kName)) blank(file, name);
        }
      }
      for (const Element &tags : children(file, segment, kTags)) {
        for (const Element &tag : children(file, tags, kTag)) {
          for (const Element &simple : children(file, tag, kSimpleTag)) {
            for (const Element &text : children(file, simple, kTagString)) make_plain(file, text);
          }
        }
      }
    }
    file.flush();
  } catch (const std::ios::failure &) {
    throw Error(ErrorKind::Failed, "Cannot write the tags of " + quote_path(path) +
                                       ". Check that the disk is not full.");
  }
}

}  // namespace hyperlips::redub
