// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <span>

#include <opencv2/core.hpp>

namespace hyperlips {

// All functions throw Error{Settings} if a picture has another type or size or a span another size.

/// Number of values in the face input of HyperLipsBase and in the input of HRDecoder, (6, 128,
/// 128).
inline constexpr std::size_t kFaceTensor = 6 * 128 * 128;

/// The face input of HyperLipsBase, (6, 128, 128): B G R of `target` with rows 64 to 127 zero, then
/// B G R of `reference`, 0 ... 1. Both are CV_8UC3 BGR, 128x128; `out` has kFaceTensor floats.
void base_input(const cv::Mat &target, const cv::Mat &reference, std::span<float> out);

/// The input of HRDecoder, (6, 128, 128): B G R of `face` (CV_8UC3 BGR, 128x128), then three times
/// `sketch` (CV_8UC1, 128x128), 0 ... 1. `out` has kFaceTensor floats.
void hr_input(const cv::Mat &face, const cv::Mat &sketch, std::span<float> out);

/// Converts the output of a network, (3, size, size), 0 ... 1, to a picture (CV_8UC3 BGR). Values
/// are clamped and rounded; NaN becomes 0.
cv::Mat picture_from_tensor(std::span<const float> tensor, int size);

// The same for networks with NetworkOptions::pixels, whose pictures are bytes.

/// The face input of HyperLipsBase, (128, 128, 6): B G R of `target` with rows 64 to 127 zero, then
/// B G R of `reference`. `out` has kFaceTensor bytes.
void base_pixels(const cv::Mat &target, const cv::Mat &reference, std::span<std::byte> out);

/// The input of HRDecoder, (128, 128, 6): B G R of `face`, then three times `sketch`. `out` has
/// kFaceTensor bytes.
void hr_pixels(const cv::Mat &face, const cv::Mat &sketch, std::span<std::byte> out);

/// A picture of `side` x `side` pixels (CV_8UC3 BGR), `side` a multiple of 128, from the output of
/// a network: `rows` are (H, side, 3), the rows from `first_row` (0 ... 127, in rows of 128) on.
/// Those above are of `crop` (CV_8UC3 BGR, 128x128), enlarged.
cv::Mat picture_from_rows(std::span<const std::byte> rows, int first_row, const cv::Mat &crop,
                          int side);

}  // namespace hyperlips
