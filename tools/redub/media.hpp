// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "gst/lib/media/gst_ptr.hpp"

namespace hyperlips::redub {

/// What is in a file. Streams are the first of their kind.
struct MediaInfo {
  std::string path;
  GstClockTime duration = GST_CLOCK_TIME_NONE;  ///< as the container says; none if unknown
  TagsPtr tags;                                 ///< of the file; may be null

  bool has_video = false;
  bool still = false;  ///< a picture rather than a video
  unsigned width = 0, height = 0;
  int fps_n = 0, fps_d = 1;              ///< 0/1: unknown or variable
  std::string orientation = "rotate-0";  ///< a value of GST_TAG_IMAGE_ORIENTATION
  std::string video_codec;

  bool has_audio = false;
  int rate = 0, channels = 0, depth = 0;
  std::string audio_codec;
  std::string language;

  double fps() const { return fps_n > 0 ? double(fps_n) / fps_d : 0; }
};

/// Looks into a file. Throws Error that names it when it is missing or nothing GStreamer knows.
MediaInfo discover(const std::string &path);

/// Refuses a file without the stream that it was given for.
void require_video(const MediaInfo &info);
void require_audio(const MediaInfo &info, const std::string &purpose);

}  // namespace hyperlips::redub
