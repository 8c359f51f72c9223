// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include "hyperlips/engine/eager/folded_layers.hpp"
#include "hyperlips/nn/mobilenet_v3_blocks.hpp"

namespace hyperlips {

/// Global mean, two small layers, a gate on each channel.
class SqueezeExciteGraph {
 public:
  SqueezeExciteGraph(const GraphWeights &weights, const std::string &name);
  at::Tensor operator()(const at::Tensor &x) const;

 private:
  at::Tensor weight1_, bias1_, weight2_, bias2_;
};

class InvertedResidualGraph {
 public:
  InvertedResidualGraph(const GraphWeights &weights, const std::string &name,
                        const InvertedResidualShape &shape);
  at::Tensor operator()(const at::Tensor &x) const;

 private:
  std::optional<FoldedConv> expand_;
  std::vector<FoldedConv> depthwise_and_project_;
  std::optional<SqueezeExciteGraph> squeeze_excite_;
  bool residual_;
};

/// MobileNetV3Encoder with folded norms. Its first features stay in float32: trained encoders react
/// so strongly to their weights and input that bf16 there alone moves pixels by 15 of 255.
class MobileNetGraph {
 public:
  MobileNetGraph(const GraphWeights &weights, const std::string &name);
  /// x: float32, channels_last. The features are of the type that the graph computes in.
  std::array<at::Tensor, 4> operator()(const at::Tensor &x) const;

 private:
  at::ScalarType type_;
  FoldedConv stem_;
  std::vector<InvertedResidualGraph> blocks_;
  FoldedConv last_;
};

/// LrAspp with folded norms.
class LrAsppGraph {
 public:
  LrAsppGraph(const GraphWeights &weights, const std::string &name);
  at::Tensor operator()(const at::Tensor &x) const;

 private:
  FoldedConv conv_;
  at::Tensor gate_;
};

}  // namespace hyperlips
