// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/blend.hpp"

namespace hyperlips {

/// The first row that the mask can show of a picture of the crop, in rows of 128, for any face and
/// `feather`: the mask begins below the middle row, between rows 63 and 64, and interpolation there
/// reads from row 62 on (warp_rgb()). composite() uses no row above, whatever the size of the face,
/// so networks need not compute them (NetworkOptions::first_row).
inline constexpr int kFirstShownRow = 62;

/// The alpha mask of the lower face: from below the nostrils over the cheeks to the jaw, restricted
/// to `crop` (the box that the networks generate, in upright frame pixels) and to below its middle
/// row, since the networks see the original above. `feather` is the width of the soft edge as a
/// fraction of the width of the crop (0 ... 0.5, clamped); the edge is inside the outline and
/// narrower near lips and chin, so that these have alpha 1. `frame` is the upright frame size. The
/// mask moves and scales with the face with sub-pixel precision; its rectangle is empty if it is
/// outside the frame. `drawn` are the landmarks of the generated face, if they are known: the mask
/// then also covers its jaw and lips, and what is just below the lower one of both jaws.
Mask lower_face_mask(const Landmarks &landmarks, const Box &crop, float feather, cv::Size frame,
                     const Landmarks *drawn = nullptr);

}  // namespace hyperlips
