// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// A soft mask over a part of a frame. Outside `rect` it is 0.
struct Mask {
  cv::Rect rect;  ///< upright frame pixels; inside the frame
  cv::Mat alpha;  ///< CV_32FC1 of rect's size, 0 ... 1
};

/// Alpha-blends `picture` (CV_8UC3 BGR, `picture_to_frame` maps its pixel centers to upright frame
/// coordinates) into `frame` through `mask` times `strength` (0 ... 1), in the frame's own layout
/// and bit depth. Bytes whose every covered pixel has mask 0 are not written, so they stay
/// identical; alpha channels are never touched.
void blend(const FrameView &frame, const cv::Mat &picture, const Affine &picture_to_frame,
           const Mask &mask, float strength);

}  // namespace hyperlips
