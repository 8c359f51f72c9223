// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/types.hpp"

namespace hyperlips {

/// Mean color of the cheeks (B, G, R, 0 ... 255) in a CV_8UC3 picture; landmarks in its pixels.
cv::Vec3f skin_color(const cv::Mat &picture, const Landmarks &landmarks);

}  // namespace hyperlips
