// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/blend.hpp"

namespace hyperlips {

/// Corrects the colors of a generated face to match those of the frame around it. Compares both
/// along the soft edge of `mask`, where 0 < alpha < 0.6 and both show the same skin, and subtracts
/// a color difference that is linear in the position (a robust fit with Geman-McClure weights, so
/// that hands, hair and beards have little influence). `picture` is CV_8UC3 BGR of any size;
/// `picture_to_frame` maps its pixel centers to upright frame coordinates. Returns a new picture of
/// the same size and type, equal to `picture` if the mask has no soft edge.
cv::Mat match_color(const FrameView &frame, const cv::Mat &picture, const Affine &picture_to_frame,
                    const Mask &mask);

}  // namespace hyperlips
