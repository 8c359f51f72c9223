// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "encoders.hpp"
#include "gst/lib/media/media_source.hpp"

namespace hyperlips::redub {

/// What a complete OUT contains.
struct ExpectedOutput {
  std::uint64_t frames = 0;
  double video_end = 0, sound_end = 0;  ///< seconds
  double last_frame = 0;                ///< time of it, seconds
  bool has_durations = true;            ///< the container states how long the last frame lasts
  int width = 0, height = 0;
  int channels = 0;
  std::size_t subtitles = 0, chapters = 0;
  Color color;
};

/// Reads the file as players do and compares it with what it should contain. Returns a sentence
/// for each difference, so that nothing is lost without a word.
std::vector<std::string> check_output(const MediaSource &file, const ExpectedOutput &expected,
                                      const Cancel &cancel);

}  // namespace hyperlips::redub
