// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// Resamples `picture` (BGR, CV_8UC3 or CV_32FC3) to the pixels of `region` with bicubic
/// interpolation (Keys 1981, a = -0.5), after a Gaussian blur against aliasing if it is reduced.
/// `to_picture` maps coordinates of the region to those of the picture, whose edges are replicated.
/// Returns CV_32FC4 of the size of `region`: R G B in 0 ... 255 and an unused fourth channel for
/// SIMD.
cv::Mat warp_rgb(const cv::Mat &picture, const Affine &to_picture, const cv::Rect &region);

}  // namespace hyperlips
