// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// Resamples `picture` (CV_8UC3 BGR) smoothly onto the integer grid of `region`:
/// bicubic (Keys, a = -0.5), blurred first as far as it is reduced. `to_picture` maps the grid's
/// coordinates to the picture's; outside the picture its edge is repeated. Returns CV_32FC4 of
/// region's size, R G B 0 ... 255 and an unused fourth channel, so that a pixel fills a vector.
cv::Mat warp_rgb(const cv::Mat &picture, const Affine &to_picture, const cv::Rect &region);

}  // namespace hyperlips
