// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// The landmark sketch that the HR decoder is conditioned on: mesh lines of lips, eyes, brows, oval
/// and nose, white, 6 px thick on a black kCropSize square, after `frame_to_crop` was applied to
/// the points. As published, a line is left out where an end lies outside. CV_8UC1, 0 or 255.
cv::Mat draw_sketch(const Landmarks &landmarks, const Affine &frame_to_crop);

}  // namespace hyperlips
