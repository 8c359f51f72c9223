// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include <opencv2/core.hpp>

namespace hyperlips {

// All functions throw Error{Settings} for a picture or span of another type or size.

/// Floats in one base input face (6, 128, 128) and in one HR input (6, 128, 128).
inline constexpr std::size_t kFaceTensor = 6 * 128 * 128;

/// The face input of HyperLipsBase: B G R of `target` with rows 64..127 zero, then B G R of
/// `reference`, each 0 ... 1. Both CV_8UC3 BGR, 128x128; `out` has kFaceTensor floats.
void base_input(const cv::Mat &target, const cv::Mat &reference, std::span<float> out);

/// The input of HRDecoder: B G R of `face` (CV_8UC3, 128x128), then three times `sketch` (CV_8UC1,
/// 0 or 255), each 0 ... 1.
void hr_input(const cv::Mat &face, const cv::Mat &sketch, std::span<float> out);

/// A network's (3, size, size) output, 0 ... 1, as CV_8UC3 BGR, rounded and clamped.
cv::Mat picture_from_tensor(std::span<const float> tensor, int size);

}  // namespace hyperlips
