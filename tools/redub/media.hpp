// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "gst/lib/media/gst_ptr.hpp"

namespace hyperlips::redub {

/// The streams of a file; of several of one kind the first.
struct MediaInfo {
  std::string path;
  GstClockTime duration = GST_CLOCK_TIME_NONE;  ///< by the container; none if unknown
  TagsPtr tags;                                 ///< of the file; may be null

  bool has_video = false;
  bool still = false;  ///< a picture, not a video
  unsigned width = 0, height = 0;
  int fps_n = 0, fps_d = 1;              ///< 0/1: unknown or variable
  std::string orientation = "rotate-0";  ///< a value of GST_TAG_IMAGE_ORIENTATION
  std::string video_codec;

  bool has_audio = false;
  int rate = 0, channels = 0;
  int depth = 0;  ///< bits per sample
  std::string audio_codec;
  std::string language;  ///< ISO 639 code; empty if unknown

  double fps() const { return fps_n > 0 ? double(fps_n) / fps_d : 0; }
};

/// Examines a file without decoding it. Throws Error{NotFound}, or Error{Format} if GStreamer
/// cannot read it.
MediaInfo discover(const std::string &path);

/// Throws Error{Format} unless the file has a picture of a supported size.
void require_video(const MediaInfo &info);
/// Throws Error{Format} unless the file has sound; `purpose` ends the sentence "has no sound, but".
void require_audio(const MediaInfo &info, const std::string &purpose);

}  // namespace hyperlips::redub
