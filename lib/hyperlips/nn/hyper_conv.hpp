// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include "hyperlips/nn/batch_norm.hpp"

namespace hyperlips {

/// The units of a code that says how the hyper-convolutions look.
inline constexpr std::int64_t kHyperCodeSize = 64;

/// (B, in) to a code (B, 64): two linear layers, LeakyReLU(0.01) after each.
class HyperCodeImpl : public torch::nn::Module {
 public:
  explicit HyperCodeImpl(std::int64_t in_features);
  torch::Tensor forward(const torch::Tensor &x);

 private:
  torch::nn::Linear lin1_, lin2_;
};
TORCH_MODULE(HyperCode);

/// 3x3 convolution, padding 1, whose weights and bias a linear layer computes from a code, for each
/// sample its own.
class HyperConvImpl : public torch::nn::Module {
 public:
  explicit HyperConvImpl(std::int64_t channels);
  /// x: (B, channels, H, W), code: (B, 64).
  torch::Tensor forward(const torch::Tensor &x, const torch::Tensor &code);

 private:
  torch::nn::Linear hyperkernel_, hyperbias_;
  std::int64_t channels_;
};
TORCH_MODULE(HyperConv);

/// Two hyper-convolutions, each with batch norm; ReLU after the first, sigmoid after the second.
class DoubleHyperConvImpl : public torch::nn::Module {
 public:
  explicit DoubleHyperConvImpl(std::int64_t channels);
  torch::Tensor forward(const torch::Tensor &x, const torch::Tensor &code);

 private:
  HyperConv conv1_;
  BatchNorm2d norm1_;
  HyperConv conv2_;
  BatchNorm2d norm2_;
};
TORCH_MODULE(DoubleHyperConv);

}  // namespace hyperlips
