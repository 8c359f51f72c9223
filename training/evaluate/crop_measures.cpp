// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/crop_measures.hpp"

#include "hyperlips/face/crop.hpp"
#include "training/evaluate/picture_measures.hpp"

namespace hyperlips::training {

cv::Rect mouth_in_crop(int size) {
  const auto scaled = [size](int value) { return value * size / kCropSize; };
  return {scaled(kMouthInCrop.x), scaled(kMouthInCrop.y), scaled(kMouthInCrop.width),
          scaled(kMouthInCrop.height)};
}

cv::Rect lower_half(const cv::Mat &crop) {
  return {0, crop.rows / 2, crop.cols, crop.rows - crop.rows / 2};
}

double mouth_error(const cv::Mat &result, const cv::Mat &truth) {
  return mean_absolute_error(result, truth, mouth_in_crop(truth.cols));
}

cv::Mat mask_lower_half(const cv::Mat &crop) {
  cv::Mat masked = crop.clone();
  masked(lower_half(crop)).setTo(cv::Scalar::all(0));
  return masked;
}

cv::Mat paste_lower_half(const cv::Mat &crop, const cv::Mat &reference) {
  cv::Mat pasted = crop.clone();
  reference(lower_half(crop)).copyTo(pasted(lower_half(crop)));
  return pasted;
}

}  // namespace hyperlips::training
