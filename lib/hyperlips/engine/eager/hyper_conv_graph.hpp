// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/engine/eager/folded_layers.hpp"

namespace hyperlips {

/// HyperCode in float32, from a channels_last feature map.
class HyperCodeGraph {
 public:
  /// height, width: of the feature map.
  HyperCodeGraph(const GraphWeights &weights, const std::string &name, std::int64_t height,
                 std::int64_t width);
  /// (B, C, H, W) to (B, 64).
  at::Tensor operator()(const at::Tensor &x) const;

 private:
  at::Tensor weight1_, bias1_, weight2_, bias2_;
};

/// HyperConv with the batch norm after it folded into the layer that makes its weights.
class HyperConvGraph {
 public:
  HyperConvGraph(const GraphWeights &weights, const std::string &name, const std::string &norm);
  /// Per-sample 3x3 convolution. x: (B, C, H, W) contiguous, code: (B, 64).
  at::Tensor operator()(const at::Tensor &x, const at::Tensor &code) const;

 private:
  at::Tensor kernel_weight_, kernel_bias_, bias_weight_, bias_bias_;
  std::int64_t channels_;
};

/// DoubleHyperConv.
class DoubleHyperConvGraph {
 public:
  DoubleHyperConvGraph(const GraphWeights &weights, const std::string &name);
  at::Tensor operator()(const at::Tensor &x, const at::Tensor &code) const;

 private:
  HyperConvGraph conv1_, conv2_;
};

}  // namespace hyperlips
