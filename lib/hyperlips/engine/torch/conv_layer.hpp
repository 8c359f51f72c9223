// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "hyperlips/engine/torch/onednn_conv.hpp"
#include "hyperlips/graph/graph.hpp"

namespace hyperlips {

/// Weights as a tensor of a type on a device.
at::Tensor to_tensor(const Weights &weights, const at::TensorOptions &options);

/// Applies an activation in place.
at::Tensor activate(at::Tensor x, Activation activation);

/// A ConvNode. Input and output are (B, C, H, W), channels_last, in the type of the weights.
class ConvLayer {
 public:
  ConvLayer(const ConvNode &node, const at::TensorOptions &options);

  at::Tensor operator()(const at::Tensor &x) const;
  /// Adds `residual`, of the output's shape, before the activation.
  at::Tensor operator()(const at::Tensor &x, const at::Tensor &residual) const;

 private:
  at::Tensor convolve(const at::Tensor &x) const;

  ConvNode node_;  ///< without weights
  at::Tensor weight_, bias_;
  std::optional<OneDnnConv> fused_;
};

}  // namespace hyperlips
