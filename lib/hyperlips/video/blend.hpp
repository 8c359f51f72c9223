// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// An alpha mask for a part of a frame; 0 outside `rect`.
struct Mask {
  cv::Rect rect;  ///< in upright pixels, inside the frame
  cv::Mat alpha;  ///< CV_32FC1 of the size of `rect`, 0 ... 1
};

/// Alpha-blends `picture` (CV_8UC3 BGR, `picture_to_frame` maps its pixel centers to upright frame
/// coordinates) into `frame` with `mask` times `strength` (0 ... 1), in the frame's own layout and
/// bit depth. Samples all of whose pixels have mask 0 are not written; alpha channels never are.
/// Throws Error{Failed} if `picture` has another type or `mask` does not fit the frame.
void blend(const FrameView &frame, const cv::Mat &picture, const Affine &picture_to_frame,
           const Mask &mask, float strength);

}  // namespace hyperlips
