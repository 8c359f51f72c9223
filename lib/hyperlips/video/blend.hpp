// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// An alpha mask for a part of a frame; 0 outside `rect`.
struct Mask {
  cv::Rect rect;  ///< in upright pixels, inside the frame
  cv::Mat alpha;  ///< CV_32FC1 of the size of `rect`, 0 ... 1
};

/// Alpha-blends `picture` (BGR, CV_8UC3 or CV_32FC3 in levels of 255; `picture_to_frame` maps its
/// pixel centers to upright frame coordinates) into `frame` with `mask` times `strength` (0 ... 1),
/// in the frame's own layout, bit depth and light (SdrConversion). Values are limited to the range
/// of the samples. Samples all of whose pixels have mask 0 are not written; alpha channels never
/// are. Throws Error{Failed} if `picture` has another type or `mask` does not fit the frame.
void blend(const FrameView &frame, const cv::Mat &picture, const Affine &picture_to_frame,
           const Mask &mask, float strength);

}  // namespace hyperlips
