// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <optional>

#include <opencv2/core.hpp>

#include "gst/lib/media/video_clip.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips::training {

/// A decoded frame.
struct TimedPicture {
  cv::Mat bgr;          ///< CV_8UC3, upright
  double time = 0;      ///< seconds since the first frame of the file
  double duration = 0;  ///< seconds
};

/// Reads the frames of a video as upright BGR pictures. Supports all formats and rotation tags.
/// Throws Error that names the file.
class PictureReader {
 public:
  PictureReader(const std::string &path, const std::atomic<bool> &cancel);

  /// The next frame; none at the end and when canceled.
  std::optional<TimedPicture> next();

  const std::string &path() const { return path_; }

 private:
  std::string path_;
  FrameReader reader_;
  GstVideoInfo info_{};
  Orientation orientation_ = Orientation::Identity;
  GstClockTime start_ = GST_CLOCK_TIME_NONE;
};

}  // namespace hyperlips::training
