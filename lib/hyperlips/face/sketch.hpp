// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// The landmark sketch that is an input of HRDecoder: lines of lips, eyes, brows, face oval and
/// nose, white, 6 pixels wide, on black. `frame_to_crop` maps the landmarks to pixels of the crop.
/// As published, lines with an end outside the crop are omitted. Returns CV_8UC1, kCropSize x
/// kCropSize, 0 or 255.
cv::Mat draw_sketch(const Landmarks &landmarks, const Affine &frame_to_crop);

}  // namespace hyperlips
