// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

namespace hyperlips::training {

// Measures and baselines of square face crops (CV_8UC3 BGR), for data sets and adapted models.

/// The mouth in a 128x128 face crop: rows 76 ... 119, columns 36 ... 91.
inline const cv::Rect kMouthInCrop{36, 76, 56, 44};

/// The same in a crop of `size` pixels.
cv::Rect mouth_in_crop(int size);

/// The part of a crop that the network generates: the rows from the middle on.
cv::Rect lower_half(const cv::Mat &crop);

/// Mean absolute error of the mouth, 0 ... 1: mean_absolute_error() in mouth_in_crop().
double mouth_error(const cv::Mat &result, const cv::Mat &truth);

/// The crop with its lower half black, as the network gets it.
cv::Mat mask_lower_half(const cv::Mat &crop);

/// The baseline that results are compared with: the crop with the reference's lower half.
cv::Mat paste_lower_half(const cv::Mat &crop, const cv::Mat &reference);

}  // namespace hyperlips::training
