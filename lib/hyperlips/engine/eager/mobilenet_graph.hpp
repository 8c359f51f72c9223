// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "hyperlips/engine/eager/folded_layers.hpp"
#include "hyperlips/nn/mobilenet_v3_blocks.hpp"

namespace hyperlips {

// Names are those of modules of the state dict. Activations are (B, C, H, W), channels_last, in the
// type of the weights.

/// Squeeze-and-excitation (Hu et al. 2018): scales each channel by a gate that two linear layers
/// compute from the means of all channels.
class SqueezeExciteGraph {
 public:
  SqueezeExciteGraph(const GraphWeights &weights, const std::string &name);
  /// x: (B, C, H, W). Returns the shape of x.
  at::Tensor operator()(const at::Tensor &x) const;

 private:
  at::Tensor weight1_, bias1_, weight2_, bias2_;
};

/// One inverted residual block with folded norms: 1x1 expansion, depthwise convolution, optional
/// squeeze-and-excitation, 1x1 projection.
class InvertedResidualGraph {
 public:
  InvertedResidualGraph(const GraphWeights &weights, const std::string &name,
                        const InvertedResidualShape &shape);
  /// x: (B, shape.in, H, W). Returns (B, shape.out, H / s, W / s), rounded up, for
  /// s = shape.used_stride().
  at::Tensor operator()(const at::Tensor &x) const;

 private:
  std::optional<FoldedConv> expand_;
  std::vector<FoldedConv> depthwise_and_project_;
  std::optional<SqueezeExciteGraph> squeeze_excite_;
  bool residual_;
};

/// MobileNetV3Encoder (hyperlips/nn/mobilenet_v3.hpp) with folded norms. Its first features are
/// always computed in float32: trained encoders are so sensitive to their weights and input that
/// bf16 there alone changes pixels of the result by 15 of 255.
class MobileNetGraph {
 public:
  MobileNetGraph(const GraphWeights &weights, const std::string &name);
  /// x: (B, in_channels, H, W) float32, channels_last. Returns (B, 16, H / 2, W / 2),
  /// (B, 24, H / 4, W / 4), (B, 40, H / 8, W / 8) and (B, 960, H / 16, W / 16), rounded up, in the
  /// type of the weights.
  std::array<at::Tensor, 4> operator()(const at::Tensor &x) const;

 private:
  at::ScalarType type_;
  FoldedConv stem_;
  std::vector<InvertedResidualGraph> blocks_;
  FoldedConv last_;
};

/// LrAspp (hyperlips/nn/lr_aspp.hpp) with folded norms.
class LrAsppGraph {
 public:
  LrAsppGraph(const GraphWeights &weights, const std::string &name);
  /// x: (B, 960, H, W). Returns (B, 128, H, W).
  at::Tensor operator()(const at::Tensor &x) const;

 private:
  FoldedConv conv_;
  at::Tensor gate_;
};

}  // namespace hyperlips
