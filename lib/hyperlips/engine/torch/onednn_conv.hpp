// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "hyperlips/graph/graph.hpp"

namespace hyperlips {

/// A convolution by oneDNN on the CPU, with packed weights and fused sum and activation. Input and
/// output are (B, C, H, W), channels_last, in the type of the weight.
class OneDnnConv {
 public:
  /// `node`: the convolution, of which only geometry and activation are used. `weight` and `bias`
  /// are its own, in the type to compute in. Returns nothing if this LibTorch has no such operators
  /// or the convolution is not supported.
  static std::optional<OneDnnConv> make(const at::Tensor &weight, const at::Tensor &bias,
                                        const ConvNode &node);

  at::Tensor operator()(const at::Tensor &x) const;
  /// Adds `residual`, of the output's shape, before the activation.
  at::Tensor operator()(const at::Tensor &x, const at::Tensor &residual) const;

 private:
  OneDnnConv() = default;

  at::Tensor weight_;
  std::optional<at::Tensor> bias_;
  ConvNode node_;
};

}  // namespace hyperlips
