// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// Whether a frame shows at `box` the picture that `crop` (CV_8UC3 BGR) shows, which was taken of
/// an earlier version of the frame. Other brightness, contrast, colors, sharpness, size or noise do
/// not matter, nor does something drawn over a part of it; a picture that lies elsewhere by more
/// than about a tenth of the box, another one, or none does.
bool shows_crop(const FrameView &frame, const Box &box, const cv::Mat &crop);

/// What shows_crop() judges by: correlation of the brightness of small versions of both, -1 ... 1,
/// where `crop` is said to be and at the best place around it.
struct CropMatch {
  double here = 0, best = 0;
};
CropMatch match_crop(const FrameView &frame, const Box &box, const cv::Mat &crop);

}  // namespace hyperlips
