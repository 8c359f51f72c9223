// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

namespace hyperlips::synth {

/// What is behind a talking head: a studio, a room, a window, a street or foliage, out of focus.
/// CV_32FC3 B, G, R in linear light, 0 ... about 1. The same for every shape of frame but for its
/// cut. Throws Error{Settings} for a frame without pixels or wider or higher than 16384.
cv::Mat make_backdrop(std::uint64_t seed, cv::Size frame);

}  // namespace hyperlips::synth
