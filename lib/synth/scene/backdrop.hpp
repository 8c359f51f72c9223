// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

namespace hyperlips::synth {

/// A background, out of focus: studio, room, office, street, landscape, ... by the seed. CV_32FC3
/// of size `frame`, linear B, G, R, 0 ... 1.2. Frames of another shape show another crop of the
/// same scene. Throws Error{Settings} if the width or height is not 1 to 16384.
cv::Mat make_backdrop(std::uint64_t seed, cv::Size frame);

}  // namespace hyperlips::synth
