// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

enum class Border { Black, Replicate };

/// Positions between pixels: exact, or rounded to 1/32 pixel as OpenCV's warps round them, for
/// agreement with results that were computed with those.
enum class SubPixel { Exact, Warp };

/// Reads a region of a frame as an 8-bit BGR picture of `size`, bilinearly and without converting
/// the rest of the frame. `out_to_frame` maps pixel centers of the result to upright coordinates of
/// `frame`. Y'CbCr layouts are interpolated per plane and converted with the frame's colorimetry.
/// Pixels outside the frame are black or the nearest edge pixel. Returns CV_8UC3.
cv::Mat sample_bgr(const FrameView &frame, const Affine &out_to_frame, cv::Size size, Border border,
                   SubPixel sub_pixel = SubPixel::Exact);

}  // namespace hyperlips
