// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>
#include <vector>

#include "hyperlips/engine/eager/graph_weights.hpp"

namespace hyperlips {

/// A network as a sequence of LibTorch operators on folded weights. Shapes are written with the
/// batch size B.
class EagerGraph {
 public:
  virtual ~EagerGraph() = default;
  /// Maps the inputs, (B, shape...) float32 on the device in the order of NetworkInfo, to the
  /// outputs, (B, shape...) of any type and memory format.
  virtual std::vector<at::Tensor> forward(std::span<const at::Tensor> inputs) const = 0;
};

/// Converts (B, C, H, W) to channels_last and `type` in one pass.
at::Tensor to_channels_last(const at::Tensor &x, at::ScalarType type);

/// The graphs of HyperLipsBase, HRDecoder (any scale) and SyncNet_color.
std::unique_ptr<EagerGraph> make_base_graph(const GraphWeights &weights);
std::unique_ptr<EagerGraph> make_hr_graph(const GraphWeights &weights);
std::unique_ptr<EagerGraph> make_sync_net_graph(const GraphWeights &weights);

}  // namespace hyperlips
