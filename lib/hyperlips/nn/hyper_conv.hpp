// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include "hyperlips/nn/batch_norm.hpp"

namespace hyperlips {

/// Size of the code from which the weights of hyper-convolutions are computed.
inline constexpr std::int64_t kHyperCodeSize = 64;

/// Computes a code from features: two linear layers, each followed by LeakyReLU(0.01).
class HyperCodeImpl : public torch::nn::Module {
 public:
  explicit HyperCodeImpl(std::int64_t in_features);
  /// x: (B, in_features). Returns (B, 64).
  torch::Tensor forward(const torch::Tensor &x);

 private:
  torch::nn::Linear lin1_, lin2_;
};
TORCH_MODULE(HyperCode);

/// 3x3 convolution with padding 1 whose weights and bias are computed per sample from a code by
/// linear layers.
class HyperConvImpl : public torch::nn::Module {
 public:
  explicit HyperConvImpl(std::int64_t channels);
  /// x: (B, channels, H, W); code: (B, 64). Returns the shape of x.
  torch::Tensor forward(const torch::Tensor &x, const torch::Tensor &code);

 private:
  torch::nn::Linear hyperkernel_, hyperbias_;
  std::int64_t channels_;
};
TORCH_MODULE(HyperConv);

/// Two hyper-convolutions, each with batch norm, followed by ReLU and sigmoid, respectively.
class DoubleHyperConvImpl : public torch::nn::Module {
 public:
  explicit DoubleHyperConvImpl(std::int64_t channels);
  /// x: (B, channels, H, W); code: (B, 64). Returns the shape of x, 0 ... 1.
  torch::Tensor forward(const torch::Tensor &x, const torch::Tensor &code);

 private:
  HyperConv conv1_;
  BatchNorm2d norm1_;
  HyperConv conv2_;
  BatchNorm2d norm2_;
};
TORCH_MODULE(DoubleHyperConv);

}  // namespace hyperlips
