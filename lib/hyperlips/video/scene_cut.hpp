// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// Detects scene cuts in a video from a 16x9 thumbnail of each frame.
class SceneCut {
 public:
  /// Whether `frame` is the first of a new scene; false for the first frame.
  bool is_cut(const FrameView &frame);

  /// Forgets the previous frame.
  void reset() { last_.release(); }

 private:
  cv::Mat last_;
  double usual_ = 0;  ///< running mean of the difference between consecutive frames, 0 ... 255
};

}  // namespace hyperlips
