// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// Value of pixels outside the frame: black, or that of the nearest edge pixel.
enum class Border { Black, Replicate };

/// Precision of positions: exact, or rounded to 1/32 pixel as by OpenCV's warps, for agreement with
/// results computed by those.
enum class SubPixel { Exact, Warp };

/// Resamples a region of a frame to a BGR picture (CV_8UC3) of `size`, with bilinear interpolation
/// and without converting the rest of the frame. `out_to_frame` maps pixel centers of the result to
/// upright coordinates of `frame`. Y'CbCr formats are interpolated per plane and converted with the
/// colorimetry of the frame; PQ, HLG and BT.2020 become standard dynamic range (SdrConversion).
cv::Mat sample_bgr(const FrameView &frame, const Affine &out_to_frame, cv::Size size, Border border,
                   SubPixel sub_pixel = SubPixel::Exact);

}  // namespace hyperlips
