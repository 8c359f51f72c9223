// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/degraded_truth.hpp"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "training/evaluate/crop_measures.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

/// Rows of the soft edge above and below the middle.
constexpr int kEdge = 4;
constexpr double kMostBlur = 8;

double mean_sharpness(const std::vector<cv::Mat> &pictures, double sigma) {
  double sum = 0;
  for (const cv::Mat &picture : pictures)
    sum += mouth_sharpness(sigma > 0 ? blur_lower_half(picture, sigma) : picture);
  return sum / double(std::max<std::size_t>(1, pictures.size()));
}

}  // namespace

cv::Mat blur_lower_half(const cv::Mat &crop, double sigma) {
  if (sigma <= 0) return crop.clone();
  cv::Mat blurred, mixed = crop.clone();
  cv::GaussianBlur(crop, blurred, {}, sigma, sigma, cv::BORDER_REPLICATE);
  const int middle = crop.rows / 2;
  for (int row = middle - kEdge; row < crop.rows; ++row) {
    const double share = std::min(1.0, (row - (middle - kEdge) + 0.5) / (2 * kEdge));
    cv::Mat out = mixed.row(row);
    cv::addWeighted(blurred.row(row), share, crop.row(row), 1 - share, 0, out);
  }
  return mixed;
}

double mouth_sharpness(const cv::Mat &crop) {
  cv::Mat gray, edges;
  cv::cvtColor(crop, gray, cv::COLOR_BGR2GRAY);
  cv::Laplacian(gray(mouth_in_crop(crop.cols)), edges, CV_32F);
  return cv::norm(edges, cv::NORM_L1) / double(edges.total());
}

double matching_blur(const std::vector<cv::Mat> &truths, const std::vector<cv::Mat> &generated) {
  const double wanted = mean_sharpness(generated, 0);
  if (wanted >= mean_sharpness(truths, 0)) return 0;
  double low = 0, high = kMostBlur;
  constexpr int kHalvings = 10;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (mean_sharpness(truths, middle) > wanted ? low : high) = middle;
  }
  return (low + high) / 2;
}

std::vector<cv::Mat> degraded_truths(const std::vector<cv::Mat> &truths, double sigma) {
  std::vector<cv::Mat> degraded;
  for (std::size_t i = 0; i < truths.size(); ++i) {
    Random random(0, "degraded truth", i);
    degraded.push_back(blur_lower_half(truths[i], sigma * (0.6 + 0.8 * random.uniform_double())));
  }
  return degraded;
}

}  // namespace hyperlips::training
