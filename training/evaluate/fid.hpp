// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <span>

#include <opencv2/core.hpp>

#include "training/evaluate/inception_v3.hpp"

namespace hyperlips::training {

/// Mean and covariance of feature vectors, accumulated in double precision.
class FeatureStatistics {
 public:
  /// features: (B, D), with constant D.
  void add(const torch::Tensor &features);

  std::int64_t count() const { return count_; }

  /// (D), and (D, D) normalized by count - 1. Throw Error{Settings} for fewer than two vectors.
  torch::Tensor mean() const;
  torch::Tensor covariance() const;

 private:
  void check_count() const;

  std::int64_t count_ = 0;
  torch::Tensor origin_;  // mean of the first batch: sums around it lose less precision
  torch::Tensor sum_, products_;
};

/// Squared Frechet distance of two Gaussians, |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), not
/// negative. Means (D), covariances (D, D), float64.
double frechet_distance(const torch::Tensor &mean1, const torch::Tensor &covariance1,
                        const torch::Tensor &mean2, const torch::Tensor &covariance2);

/// The feature network of FID (Heusel et al., NeurIPS 2017).
class FidNetwork {
 public:
  /// weights: the file of pytorch-fid, or the same tensors as safetensors. Throws Error that names
  /// the file.
  explicit FidNetwork(const std::filesystem::path &weights, torch::Device device = torch::kCPU);

  /// Features (B, 2048), float32, on the CPU, of pictures of any size (CV_8UC3 BGR).
  torch::Tensor features(std::span<const cv::Mat> pictures);

 private:
  InceptionV3 network_;
  torch::Device device_;
};

/// Accumulates the FID of two sets of pictures.
class FidMeasure {
 public:
  explicit FidMeasure(FidNetwork &network) : network_(network) {}

  /// Adds copies of a picture (CV_8UC3 BGR) to each set.
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
