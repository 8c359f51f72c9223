// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/fid.hpp"

#include <limits>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "training/run/published_weights.hpp"

namespace hyperlips::training {
namespace {

constexpr std::size_t kBatch = 16;

/// Removes the asymmetry from rounding.
torch::Tensor symmetric(const torch::Tensor &matrix) { return (matrix + matrix.t()) / 2; }

}  // namespace

void FeatureStatistics::add(const torch::Tensor &features) {
  const torch::NoGradGuard no_grad;
  torch::Tensor rows = features.to(torch::kCPU, torch::kFloat64);
  if (rows.size(0) == 0) return;
  if (count_ == 0) {
    origin_ = rows.mean(0);
    sum_ = torch::zeros_like(origin_);
    products_ = torch::zeros({rows.size(1), rows.size(1)}, torch::kFloat64);
  }
  rows = rows - origin_;
  sum_ += rows.sum(0);
  products_ += at::matmul(rows.t(), rows);
  count_ += rows.size(0);
}

void FeatureStatistics::check_count() const {
  if (count_ < 2) throw Error(ErrorKind::Settings, "FID needs at least two pictures in each set.");
}

torch::Tensor FeatureStatistics::mean() const {
  check_count();
  return origin_ + sum_ / double(count_);
}

torch::Tensor FeatureStatistics::covariance() const {
  check_count();
  return (products_ - at::outer(sum_, sum_) / double(count_)) / double(count_ - 1);
}

double frechet_distance(const torch::Tensor &mean1, const torch::Tensor &covariance1,
                        const torch::Tensor &mean2, const torch::Tensor &covariance2) {
  // With C1 = B B', C1 C2 has the nonzero eigenvalues of the symmetric B' C2 B. B has as many
  // columns as C1 has rank, which is small for few pictures.
  const auto [values, vectors] = at::linalg_eigh(symmetric(covariance1));
  const torch::Tensor rounding =
      values.abs().max() * double(values.numel()) * std::numeric_limits<double>::epsilon();
  const torch::Tensor nonzero = values > rounding;
  const torch::Tensor b =
      (vectors * values.clamp_min(0).sqrt()).index({torch::indexing::Slice(), nonzero});
  const torch::Tensor product = at::matmul(at::matmul(b.t(), covariance2), b);
  const torch::Tensor trace_of_root =
      at::linalg_eigvalsh(symmetric(product)).clamp_min(0).sqrt().sum();
  const torch::Tensor distance = (mean1 - mean2).square().sum() + covariance1.trace() +
                                 covariance2.trace() - 2 * trace_of_root;
  return std::max(0.0, distance.item<double>());
}

FidNetwork::FidNetwork(const std::filesystem::path &weights, torch::Device device)
    : device_(device) {
  const std::string unused[] = {"fc.", "AuxLogits."};
  load_published_weights(*network_, read_checkpoint(weights), unused);
  network_->to(device_);
}

torch::Tensor FidNetwork::features(std::span<const cv::Mat> pictures) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> rows;
  for (const cv::Mat &picture : pictures) {
    cv::Mat rgb;
    cv::cvtColor(picture, rgb, cv::COLOR_BGR2RGB);
    const torch::Tensor tensor =
        torch::from_blob(rgb.data, {1, rgb.rows, rgb.cols, 3}, torch::kUInt8)
            .to(device_, torch::kFloat32)
            .permute({0, 3, 1, 2})
            .div(255);
    // One by one, since pictures may differ in size.
    rows.push_back(at::upsample_bilinear2d(tensor, {299, 299}, false));
  }
  return network_->forward(torch::cat(rows)).cpu();
}

void FidMeasure::add(const cv::Mat &result, const cv::Mat &truth) {
  results_.push_back(result.clone());
  truths_.push_back(truth.clone());
  ++pairs_;
  if (results_.size() == kBatch) flush();
}

void FidMeasure::flush() {
  if (results_.empty()) return;
  result_.add(network_.features(results_));
  truth_.add(network_.features(truths_));
  results_.clear();
  truths_.clear();
}

double FidMeasure::fid() {
  flush();
  return frechet_distance(result_.mean(), result_.covariance(), truth_.mean(), truth_.covariance());
}

}  // namespace hyperlips::training
