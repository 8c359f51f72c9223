// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mp4_finish.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "file_editor.hpp"

namespace hyperlips::redub {
namespace {

/// A box: where its content lies in the file.
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
};

constexpr std::uint32_t kOne = 0x00010000, kMinusOne = 0xffff0000;

/// Fields of boxes that come in a 32 and a 64 bit version.
int wide(Mp4File &file, const Box &box) { return file.number(box.begin, 1) == 1 ? 8 : 4; }

std::uint32_t timescale(Mp4File &file, const Box &header) {
  return std::uint32_t(file.number(header.begin + 4 + std::uint64_t(2 * wide(file, header)), 4));
}

std::uint64_t track_duration_at(Mp4File &file, const Box &header) {
  return wide(file, header) == 8 ? 28 : 20;
}

std::uint64_t track_duration(Mp4File &file, const Box &header) {
  return file.number(header.begin + track_duration_at(file, header), wide(file, header));
}

/// The matrix of ISO 14496-12, 8.3.2, that turns the picture and moves it back into view.
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

/// Lets the track's last edit skip `delay` units of the media and last `seconds`.
void enter_edit(Mp4File &file, const Box &movie, const Box &track, double seconds, int delay) {
  if (seconds <= 0) return;
  const Box list = file.get(file.get(track, "edts"), "elst");
  const std::uint64_t count = file.number(list.begin + 4, 4);
  const int size = wide(file, list);
  if (count == 0) throw file.unexpected();
  const std::uint64_t last = list.begin + 8 + (count - 1) * std::uint64_t(2 * size + 4);
  const std::uint64_t media_time = last + std::uint64_t(size);
  const double movie_rate = timescale(file, file.get(movie, "mvhd"));
  const auto duration = std::uint64_t(std::llround(seconds * movie_rate));
  const std::uint64_t before = file.number(last, size);
  file.write(last, size, duration);
  file.write(media_time, size, file.number(media_time, size) + std::uint64_t(delay));
  // The track lasts as long as its edits.
  const Box header = file.get(track, "tkhd");
  file.write(header.begin + track_duration_at(file, header), wide(file, header),
             track_duration(file, header) - before + duration);
}

/// The movie lasts as long as its longest track.
void enter_duration(Mp4File &file, const Box &movie) {
  std::uint64_t longest = 0;
  for (const Box &track : file.boxes(movie.begin, movie.end)) {
    if (track.type == "trak") {
      longest = std::max(longest, track_duration(file, file.get(track, "tkhd")));
    }
  }
  const Box header = file.get(movie, "mvhd");
  const int size = wide(file, header);
  file.write(header.begin + 4 + std::uint64_t(2 * size) + 4, size, longest);
}

}  // namespace

void finish_mp4(const std::filesystem::path &path, const Mp4Finish &finish) {
  try {
    Mp4File file(path);
    const Box movie = file.get({"", 0, file.size()}, "moov");
    for (const Box &track : file.boxes(movie.begin, movie.end)) {
      if (track.type != "trak") continue;
      const Box handler = file.get(file.get(track, "mdia"), "hdlr");
      const std::string kind = file.text(handler.begin + 8, 4);
      if (kind == "vide") {
        enter_edit(file, movie, track, finish.video_seconds, 0);
        if (finish.rotation != 0) enter_rotation(file, track, finish);
      } else if (kind == "soun") {
        enter_edit(file, movie, track, finish.audio_seconds, finish.audio_delay);
      }
    }
    enter_duration(file, movie);
    file.flush();
  } catch (const std::ios::failure &) {
    throw Error(ErrorKind::Failed, "The header of " + in_quotes(path.string()) +
                                       " could not be written. Is there space left on its disk?");
  }
}

}  // namespace hyperlips::redub
