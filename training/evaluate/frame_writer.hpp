// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include <opencv2/core.hpp>

#include "gst/lib/media/gst_ptr.hpp"

namespace hyperlips::training {

/// Writes frames losslessly (FFV1 in Matroska). Throws Error that names the file.
///
///     FrameWriter writer("out.mkv", {1280, 720});
///     while (...) writer.write(bgr, seconds);
///     writer.finish();
class FrameWriter {
 public:
  FrameWriter(const std::string &path, cv::Size size);
  ~FrameWriter();
  FrameWriter(const FrameWriter &) = delete;
  FrameWriter &operator=(const FrameWriter &) = delete;

  /// bgr: CV_8UC3 of the size; `time` ascending, in seconds.
  void write(const cv::Mat &bgr, double time);
  /// Completes the file.
  void finish();

 private:
  void wait_for_end();

  std::string path_;
  cv::Size size_;
  ObjectPtr<GstElement> pipeline_;
};

}  // namespace hyperlips::training
