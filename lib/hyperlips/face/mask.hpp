// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/blend.hpp"

namespace hyperlips {

/// The soft mask of the lower face: what the mesh spans from under the nostrils over the cheeks to
/// the jaw, kept inside `crop` (the box whose pixels the networks made) and below its middle row,
/// where the networks see the original. `feather` is the width of the soft edge as a fraction of
/// the crop's width (0 ... 0.5); the edge lies inside the outline and is narrower where lips and
/// chin are near it, so that these stay 1. `frame` is the upright frame size. The mask moves and
/// scales with the face continuously; its rectangle is empty where nothing of it is in the frame.
Mask lower_face_mask(const Landmarks &landmarks, const Box &crop, float feather, cv::Size frame);

}  // namespace hyperlips
