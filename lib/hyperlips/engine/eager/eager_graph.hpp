// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>
#include <vector>

#include "hyperlips/engine/eager/graph_weights.hpp"

namespace hyperlips {

/// A network as a sequence of LibTorch operators on folded weights.
class EagerGraph {
 public:
  virtual ~EagerGraph() = default;
  /// Batched float32 inputs on the device to outputs of any type and layout.
  virtual std::vector<at::Tensor> forward(std::span<const at::Tensor> inputs) const = 0;
};

/// Channels_last and of another type, in one pass.
at::Tensor to_channels_last(const at::Tensor &x, at::ScalarType type);

std::unique_ptr<EagerGraph> make_base_graph(const GraphWeights &weights);
std::unique_ptr<EagerGraph> make_hr_graph(const GraphWeights &weights);
std::unique_ptr<EagerGraph> make_sync_net_graph(const GraphWeights &weights);

}  // namespace hyperlips
