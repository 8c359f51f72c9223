// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <span>

#include <opencv2/core.hpp>

#include "training/evaluate/inception_v3.hpp"

namespace hyperlips::training {

/// Mean and covariance of feature vectors that arrive batch by batch, in double precision.
class FeatureStatistics {
 public:
  /// features: (B, D), D the same each time.
  void add(const torch::Tensor &features);

  std::int64_t count() const { return count_; }

  /// (D) and, with count - 1 as divisor, (D, D). Throw Error{Settings} for fewer than two vectors.
  torch::Tensor mean() const;
  torch::Tensor covariance() const;

 private:
  void check_count() const;

  std::int64_t count_ = 0;
  torch::Tensor origin_;  // the first batch's mean: sums around it keep their digits
  torch::Tensor sum_, products_;
};

/// Squared Frechet distance of two Gaussians: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). Means
/// (D), covariances (D, D), float64. Never negative.
double frechet_distance(const torch::Tensor &mean1, const torch::Tensor &covariance1,
                        const torch::Tensor &mean2, const torch::Tensor &covariance2);

/// The network behind FID (Heusel et al., NeurIPS 2017).
class FidNetwork {
 public:
  /// weights: pytorch-fid's file, or the same tensors as safetensors. Throws Error that names the
  /// file.
  explicit FidNetwork(const std::filesystem::path &weights, torch::Device device = torch::kCPU);

  /// Features of pictures of any sizes (CV_8UC3 BGR): (B, 2048), float32, on the CPU.
  torch::Tensor features(std::span<const cv::Mat> pictures);

 private:
  InceptionV3 network_;
  torch::Device device_;
};

/// FID of two growing sets of pictures.
class FidMeasure {
 public:
  explicit FidMeasure(FidNetwork &network) : network_(network) {}

  /// Pictures (CV_8UC3 BGR) of either set; copies are taken.
  void add(const cv::Mat &result, const cv::Mat &truth);

  /// Throws Error{Settings} for fewer than two pairs.
  double fid();
  std::int64_t pairs() const { return pairs_; }

 private:
  void flush();

  FidNetwork &network_;
  std::vector<cv::Mat> results_, truths_;
  FeatureStatistics result_, truth_;
  std::int64_t pairs_ = 0;
};

}  // namespace hyperlips::training
