// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/engine/eager/folded_layers.hpp"

namespace hyperlips {

/// HyperCode (hyperlips/nn/hyper_conv.hpp) in float32, from a channels_last feature map.
class HyperCodeGraph {
 public:
  /// `height` and `width` are those of the feature map.
  HyperCodeGraph(const GraphWeights &weights, const std::string &name, std::int64_t height,
                 std::int64_t width);
  /// x: (B, C, height, width). Returns (B, 64).
  at::Tensor operator()(const at::Tensor &x) const;

 private:
  at::Tensor weight1_, bias1_, weight2_, bias2_;
};

/// HyperConv with the following batch norm folded into the layer that computes its weights.
class HyperConvGraph {
 public:
  HyperConvGraph(const GraphWeights &weights, const std::string &name, const std::string &norm);
  /// Per-sample 3x3 convolution. x: (B, C, H, W) contiguous; code: (B, 64). Returns the shape of x.
  at::Tensor operator()(const at::Tensor &x, const at::Tensor &code) const;

 private:
  at::Tensor kernel_weight_, kernel_bias_, bias_weight_, bias_bias_;
  std::int64_t channels_;
};

/// DoubleHyperConv with folded norms.
class DoubleHyperConvGraph {
 public:
  DoubleHyperConvGraph(const GraphWeights &weights, const std::string &name);
  /// x: (B, C, H, W); code: (B, 64). Returns the shape of x, in 0 ... 1.
  at::Tensor operator()(const at::Tensor &x, const at::Tensor &code) const;

 private:
  HyperConvGraph conv1_, conv2_;
};

}  // namespace hyperlips
