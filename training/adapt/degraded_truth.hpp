// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include <opencv2/core.hpp>

namespace hyperlips::training {

// What HRDecoder learns to sharpen. The base network's own pictures of the footage do not serve:
// those of the frames it learned from are better than any later ones, and those of other frames
// have other lips than the truth, from which the HR network would learn to blur.

/// The crop (CV_8UC3 BGR, 128x128) with its lower half blurred by a Gaussian of `sigma` pixels. The
/// edge at the middle is soft.
cv::Mat blur_lower_half(const cv::Mat &crop, double sigma);

/// The blur that makes the mouths of the truths as sharp, on average, as those of the generated
/// pictures: sigma in pixels, 0 if these are as sharp. As many pictures of each, CV_8UC3 BGR,
/// 128x128.
double matching_blur(const std::vector<cv::Mat> &truths, const std::vector<cv::Mat> &generated);

/// The truths with their lower halves blurred by 0.6 to 1.4 times `sigma`, at random.
std::vector<cv::Mat> degraded_truths(const std::vector<cv::Mat> &truths, double sigma);

/// Mean absolute Laplacian of the mouth's brightness, a measure of its sharpness.
double mouth_sharpness(const cv::Mat &crop);

}  // namespace hyperlips::training
