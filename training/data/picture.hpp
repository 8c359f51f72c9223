// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

namespace hyperlips::training {

/// Decodes a JPEG or PNG file to CV_8UC3 BGR. Empty for other data and for truncated files.
cv::Mat decode_picture(std::span<const std::uint8_t> bytes);

/// Encodes a picture as JPEG; quality 0 ... 100.
std::vector<std::uint8_t> encode_jpeg(const cv::Mat &picture, int quality = 95);

/// Scales a picture bilinearly to size x size, as the published scripts do. Returns the same pixels
/// (not a copy) if it has that size already.
cv::Mat resize_square(const cv::Mat &picture, int size);

}  // namespace hyperlips::training
