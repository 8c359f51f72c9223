// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mp4_finish.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "file_editor.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

/// The content of a box: its range of bytes in the file.
struct Box {
  std::string type;
  std::uint64_t begin = 0, end = 0;
};

class Mp4File : public FileEditor {
 public:
  using FileEditor::FileEditor;

  std::vector<Box> boxes(std::uint64_t begin, std::uint64_t end) {
    std::vector<Box> found;
    while (begin + 8 <= end) {
      std::uint64_t size = number(begin, 4);
      const std::string type = text(begin + 4, 4);
      std::uint64_t header = 8;
      if (size == 1) {
        size = number(begin + 8, 8);
        header = 16;
      }
      if (size < header || size > end - begin) throw unexpected();
      found.push_back({type, begin + header, begin + size});
      begin += size;
    }
    return found;
  }

  std::optional<Box> find(const Box &parent, const std::string &type) {
    for (const Box &box : boxes(parent.begin, parent.end)) {
      if (box.type == type) return box;
    }
    return std::nullopt;
  }

  Box get(const Box &parent, const std::string &type) {
    const auto found = find(parent, type);
    if (!found) throw unexpected();
    return *found;
  }

  Box movie() { return get({"", 0, size()}, "moov"); }

  std::vector<Box> tracks() {
    const Box parent = movie();
    std::vector<Box> found = boxes(parent.begin, parent.end);
    std::erase_if(found, [](const Box &box) { return box.type != "trak"; });
    return found;
  }

  /// "vide" or "soun".
  std::string kind(const Box &track) { return text(get(get(track, "mdia"), "hdlr").begin + 8, 4); }

  /// Writes a box of a track's sample table, replacing an existing one. The media data must precede
  /// the movie box, so that their offsets stay valid.
  void set_sample_table(std::size_t track, const std::string &type, const std::string &content) {
    std::vector<Box> around{movie(), tracks().at(track)};
    for (const char *inner : {"mdia", "minf", "stbl"}) around.push_back(get(around.back(), inner));
    const Box &table = around.back();
    const Box old = find(table, type).value_or(Box{type, table.end + kHeader, table.end});
    for (const Box &box : boxes(0, size())) {
      if (box.type == "mdat" && box.begin > around.front().begin) throw unexpected();
    }
    const std::uint64_t before = size();
    replace(old.begin - kHeader, old.end, std::string(4, '\0') + type + content);
    write(old.begin - kHeader, 4, kHeader + content.size());
    for (const Box &box : around) {
      const std::uint64_t at = box.begin - kHeader;
      write(at, 4, number(at, 4) + size() - before);
    }
  }

 private:
  static constexpr std::uint64_t kHeader = 8;
};

constexpr std::uint32_t kOne = 0x00010000, kMinusOne = 0xffff0000;

/// The size in bytes of fields that are 32 bits in version 0 of a box and 64 bits in version 1.
int wide(Mp4File &file, const Box &box) { return file.number(box.begin, 1) == 1 ? 8 : 4; }

std::uint32_t timescale(Mp4File &file, const Box &header) {
  return std::uint32_t(file.number(header.begin + 4 + std::uint64_t(2 * wide(file, header)), 4));
}

std::uint64_t movie_duration_at(Mp4File &file, const Box &header) {
  return header.begin + 4 + std::uint64_t(2 * wide(file, header)) + 4;
}

std::uint64_t track_duration_at(Mp4File &file, const Box &header) {
  return wide(file, header) == 8 ? 28 : 20;
}

std::uint64_t track_duration(Mp4File &file, const Box &header) {
  return file.number(header.begin + track_duration_at(file, header), wide(file, header));
}

/// Writes the matrix (ISO/IEC 14496-12, 8.3.2) that rotates the picture and moves it back to the
/// origin.
void enter_rotation(Mp4File &file, const Box &track, const Mp4Finish &finish) {
  const Box header = file.get(track, "tkhd");
  const std::uint64_t matrix = header.begin + (wide(file, header) == 8 ? 52 : 40);
  std::uint32_t a = kOne, b = 0, c = 0, d = kOne, x = 0, y = 0;
  const auto width = std::uint32_t(finish.width) << 16, height = std::uint32_t(finish.height) << 16;
  if (finish.rotation == 90) {
    a = 0, b = kOne, c = kMinusOne, d = 0, x = height;
  } else if (finish.rotation == 180) {
    a = kMinusOne, d = kMinusOne, x = width, y = height;
  } else if (finish.rotation == 270) {
    a = 0, b = kMinusOne, c = kOne, d = 0, y = width;
  }
  const std::uint32_t values[] = {a, b, 0, c, d, 0, x, y, 0x40000000};
  for (std::size_t i = 0; i < std::size(values); ++i) file.write(matrix + 4 * i, 4, values[i]);
}

/// Makes the last edit of a track skip `delay` units of the media timescale and last `seconds`.
void enter_edit(Mp4File &file, const Box &track, double seconds, int delay) {
  if (seconds <= 0) return;
  const Box list = file.get(file.get(track, "edts"), "elst");
  const std::uint64_t count = file.number(list.begin + 4, 4);
  const int size = wide(file, list);
  if (count == 0) throw file.unexpected();
  const std::uint64_t last = list.begin + 8 + (count - 1) * std::uint64_t(2 * size + 4);
  const std::uint64_t media_time = last + std::uint64_t(size);
  const double movie_rate = timescale(file, file.get(file.movie(), "mvhd"));
  const auto duration = std::uint64_t(std::llround(seconds * movie_rate));
  const std::uint64_t before = file.number(last, size);
  file.write(last, size, duration);
  file.write(media_time, size, file.number(media_time, size) + std::uint64_t(delay));
  // The duration of a track is the sum of its edits.
  const Box header = file.get(track, "tkhd");
  file.write(header.begin + track_duration_at(file, header), wide(file, header),
             track_duration(file, header) - before + duration);
}

/// The duration of the movie is that of its longest track.
void enter_duration(Mp4File &file) {
  std::uint64_t longest = 0;
  for (const Box &track : file.tracks()) {
    longest = std::max(longest, track_duration(file, file.get(track, "tkhd")));
  }
  const Box header = file.get(file.movie(), "mvhd");
  file.write(movie_duration_at(file, header), wide(file, header), longest);
}

/// The values of a run-length encoded box, one per sample.
std::vector<std::uint32_t> unpacked(Mp4File &file, const Box &box) {
  std::vector<std::uint32_t> values;
  const std::uint64_t runs = file.number(box.begin + 4, 4);
  for (std::uint64_t at = box.begin + 8; at < box.begin + 8 + 8 * runs; at += 8) {
    values.insert(values.end(), file.number(at, 4), std::uint32_t(file.number(at + 4, 4)));
  }
  return values;
}

std::string packed(const std::string &version, const std::vector<std::uint32_t> &values) {
  std::string runs;
  std::uint32_t count = 0;
  for (auto first = values.begin(); first != values.end(); ++count) {
    const auto next =
        std::find_if(first, values.end(), [&](auto value) { return value != *first; });
    runs += big_endian(std::uint64_t(next - first), 4) + big_endian(*first, 4);
    first = next;
  }
  return version + big_endian(count, 4) + runs;
}

/// Moves decoding times that reach the end of the movie to before it, see mp4_finish.hpp.
void decode_before_end(Mp4File &file, std::size_t index) {
  const Box media = file.get(file.tracks().at(index), "mdia");
  const Box table = file.get(file.get(media, "minf"), "stbl");
  const Box header = file.get(file.movie(), "mvhd"), times = file.get(table, "stts");
  const double seconds = double(file.number(movie_duration_at(file, header), wide(file, header))) /
                         timescale(file, header);
  const auto end = std::int64_t(seconds * timescale(file, file.get(media, "mdhd")));

  std::vector<std::uint32_t> lengths = unpacked(file, times);
  std::vector<std::int64_t> decoded{0};
  for (const std::uint32_t length : lengths) decoded.push_back(decoded.back() + length);
  const auto shown = file.find(table, "ctts");
  std::vector<std::uint32_t> offsets =
      shown ? unpacked(file, *shown) : std::vector<std::uint32_t>(lengths.size());
  if (offsets.size() != lengths.size()) throw file.unexpected();
  if (end <= std::int64_t(lengths.size())) return;
  bool moved = false;
  std::int64_t latest = end - 1;
  for (std::size_t i = lengths.size(); i-- > 1 && decoded[i] > latest; --latest) {
    offsets[i] += std::uint32_t(decoded[i] - latest);
    decoded[i] = latest;
    moved = true;
  }
  if (!moved) return;
  for (std::size_t i = 1; i < lengths.size(); ++i) {  // the last one's is how long it is shown
    lengths[i - 1] = std::uint32_t(decoded[i] - decoded[i - 1]);
  }
  const std::string plain(4, '\0');
  const std::string version = shown ? file.text(shown->begin, 4) : plain;
  file.set_sample_table(index, "stts", packed(plain, lengths));
  file.set_sample_table(index, "ctts", packed(version, offsets));
}

}  // namespace

void finish_mp4(const std::filesystem::path &path, const Mp4Finish &finish) {
  try {
    Mp4File file(path);
    for (const Box &track : file.tracks()) {
      const std::string kind = file.kind(track);
      if (kind == "vide") {
        enter_edit(file, track, finish.video_seconds, 0);
        if (finish.rotation != 0) enter_rotation(file, track, finish);
      } else if (kind == "soun") {
        enter_edit(file, track, finish.audio_seconds, finish.audio_delay);
      }
    }
    enter_duration(file);
    for (std::size_t i = 0; i < file.tracks().size(); ++i) decode_before_end(file, i);
    file.flush();
  } catch (const std::ios::failure &) {
    throw Error(ErrorKind::Failed, "Cannot write the header of " + quote_path(path) +
                                       ". Check that the disk is not full.");
  }
}

}  // namespace hyperlips::redub
