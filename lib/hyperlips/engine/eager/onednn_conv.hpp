// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "hyperlips/engine/eager/conv_geometry.hpp"

namespace hyperlips {

/// A convolution on the CPU by oneDNN, with packed weights and with the sum and activation fused
/// in.
class OneDnnConv {
 public:
  /// weight and bias: in the type to compute in; the bias may be undefined. Empty when this
  /// LibTorch lacks the operators or oneDNN does not know this convolution.
  static std::optional<OneDnnConv> make(const at::Tensor &weight, const at::Tensor &bias,
                                        const ConvGeometry &geometry, Activation activation);

  at::Tensor operator()(const at::Tensor &x) const;
  at::Tensor operator()(const at::Tensor &x, const at::Tensor &residual) const;

 private:
  OneDnnConv() = default;

  at::Tensor weight_;
  std::optional<at::Tensor> bias_;
  ConvGeometry geometry_;
  Activation activation_ = Activation::None;
};

}  // namespace hyperlips
