// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

#include "hyperlips/engine/eager/conv_geometry.hpp"
#include "hyperlips/engine/eager/graph_weights.hpp"
#include "hyperlips/engine/eager/onednn_conv.hpp"

namespace hyperlips {

/// Applies an activation in place.
at::Tensor activate(at::Tensor x, Activation activation);

/// A batch norm in eval mode: y = scale x + shift per channel.
struct NormFold {
  at::Tensor scale, shift;
};
NormFold fold_norm(const GraphWeights &weights, const std::string &norm, double eps = 1e-5);

/// Convolution with its batch norm folded in, channels_last, followed by an activation.
class FoldedConv {
 public:
  /// conv and norm: the names of the modules; norm may be empty.
  FoldedConv(const GraphWeights &weights, const std::string &conv, const std::string &norm,
             const ConvGeometry &geometry, Activation activation, double eps = 1e-5);
  /// From a weight and bias that are already folded, float32 on the host.
  FoldedConv(const GraphWeights &weights, at::Tensor weight, at::Tensor bias,
             const ConvGeometry &geometry, Activation activation);

  at::Tensor operator()(const at::Tensor &x) const;
  /// Adds `residual` before the activation.
  at::Tensor operator()(const at::Tensor &x, const at::Tensor &residual) const;

 private:
  void prepare(const GraphWeights &weights, const at::Tensor &weight, const at::Tensor &bias);
  at::Tensor convolve(const at::Tensor &x) const;

  std::optional<OneDnnConv> fused_;
  at::Tensor weight_, bias_;  ///< where it is not fused
  ConvGeometry geometry_;
  Activation activation_;
};

/// 3x3 convolution of stride 1 with the names of a ConvBlock: NAME.conv_block.0 and .1, ReLU.
FoldedConv conv_block(const GraphWeights &weights, const std::string &name);

/// The last layers of the picture networks, NAME.0 to NAME.2: 64 to 32 channels, 1x1 to 3, sigmoid.
/// Gives float32.
class OutputBlock {
 public:
  OutputBlock(const GraphWeights &weights, const std::string &name);
  at::Tensor operator()(const at::Tensor &x) const;

 private:
  FoldedConv conv_, to_bgr_;
};

}  // namespace hyperlips
