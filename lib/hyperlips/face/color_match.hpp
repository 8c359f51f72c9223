// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/blend.hpp"

namespace hyperlips {

/// Shifts the colors of `picture` so that on the rim of `mask`, where both show the same skin, it
/// agrees with `frame`; the correction varies smoothly over the face. Returns a new CV_8UC3 BGR.
cv::Mat match_color(const FrameView &frame, const cv::Mat &picture, const Affine &picture_to_frame,
                    const Mask &mask);

}  // namespace hyperlips
