// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// Tells where a video cuts to another picture, from a 16x9 thumbnail of each frame.
class SceneCut {
 public:
  /// Whether `frame` shows another scene than the one before it; false for the first.
  bool is_cut(const FrameView &frame);

  void reset() { last_.release(); }

 private:
  cv::Mat last_;
  double usual_ = 0;  ///< running mean of the difference between successive frames, 0 ... 255
};

}  // namespace hyperlips
