// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "hyperlips/engine/backend.hpp"

namespace hyperlips {

/// A graph as a sequence of LibTorch operators. Feature maps are channels_last, in the type of the
/// precision; those of precise nodes are float32.
class TorchGraph {
 public:
  TorchGraph(const Graph &graph, const DeviceChoice &choice);
  ~TorchGraph();
  TorchGraph(TorchGraph &&) noexcept;

  /// Maps the inputs, (B, C, H, W) or (B, H, W, C) of bytes on the device, to the outputs: float32
  /// (B, shape...), or bytes (B, H, W, C). Calls `pause` between operators.
  std::vector<at::Tensor> operator()(std::span<const at::Tensor> inputs,
                                     const std::function<void()> &pause) const;

 private:
  struct Layer;
  std::vector<Layer> layers_;
  std::vector<GraphOutput> outputs_;
};

}  // namespace hyperlips
