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

/// A batch norm in eval mode: y = scale * x + shift. Both are (C), float32 on the host.
struct NormFold {
  at::Tensor scale, shift;
};
/// `norm` is the name of the module.
NormFold fold_norm(const GraphWeights &weights, const std::string &norm, double eps = 1e-5);

/// Convolution with its batch norm folded in, followed by an activation. Input and output are
/// (B, C, H, W), channels_last, in the type of the weights.
class FoldedConv {
 public:
  /// `conv` and `norm` are the names of the modules; `norm` may be empty.
  FoldedConv(const GraphWeights &weights, const std::string &conv, const std::string &norm,
             const ConvGeometry &geometry, Activation activation, double eps = 1e-5);
  /// From a folded weight (out, in / groups, kernel, kernel) and bias (out), float32 on the host.
  FoldedConv(const GraphWeights &weights, at::Tensor weight, at::Tensor bias,
             const ConvGeometry &geometry, Activation activation);

  at::Tensor operator()(const at::Tensor &x) const;
  /// Adds `residual`, of the output's shape, before the activation.
  at::Tensor operator()(const at::Tensor &x, const at::Tensor &residual) const;

 private:
  void prepare(const GraphWeights &weights, const at::Tensor &weight, const at::Tensor &bias);
  at::Tensor convolve(const at::Tensor &x) const;

  std::optional<OneDnnConv> fused_;
  at::Tensor weight_, bias_;  ///< if there is no fused_
  ConvGeometry geometry_;
  Activation activation_;
};

/// 3x3 convolution of stride 1 and ReLU, from the tensors of a ConvBlock: NAME.conv_block.0 and .1.
FoldedConv conv_block(const GraphWeights &weights, const std::string &name);

/// The last layers of HyperLipsBase and HRDecoder, NAME.0 to NAME.2: (B, 64, H, W) to (B, 3, H, W)
/// in 0 ... 1, float32. A 3x3 convolution to 32 channels, 1x1 to 3, sigmoid.
class OutputBlock {
 public:
  OutputBlock(const GraphWeights &weights, const std::string &name);
  at::Tensor operator()(const at::Tensor &x) const;

 private:
  FoldedConv conv_, to_bgr_;
};

}  // namespace hyperlips
