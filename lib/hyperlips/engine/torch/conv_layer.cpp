// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/torch/conv_layer.hpp"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/leaky_relu.h>

namespace hyperlips {

at::Tensor to_tensor(const Weights &weights, const at::TensorOptions &options) {
  const at::Tensor values =
      at::from_blob(const_cast<float *>(weights.values->data()), weights.shape);
  return values.to(options, /*non_blocking=*/false, /*copy=*/true);
}

at::Tensor activate(at::Tensor x, Activation activation) {
  switch (activation) {
    case Activation::None:
      return x;
    case Activation::Relu:
      return x.relu_();
    case Activation::LeakyRelu:
      return at::leaky_relu_(x, kLeakySlope);
    case Activation::Hardswish:
      return at::hardswish_(x);
    case Activation::Hardsigmoid:
      return at::hardsigmoid_(x);
    case Activation::Sigmoid:
      return x.sigmoid_();
    case Activation::Tanh:
      return x.tanh_();
  }
  return x;
}

ConvLayer::ConvLayer(const ConvNode &node, const at::TensorOptions &options)
    : node_(node),
      weight_(to_tensor(node.weight, options).contiguous(at::MemoryFormat::ChannelsLast)),
      bias_(to_tensor(node.bias, options)) {
  node_.weight = node_.bias = {};
  fused_ = OneDnnConv::make(weight_, bias_, node_);
  if (fused_) weight_ = bias_ = at::Tensor();
}

at::Tensor ConvLayer::convolve(const at::Tensor &x) const {
  const std::array<std::int64_t, 2> padding{node_.padding, node_.padding};
  const std::array<std::int64_t, 2> dilation{node_.dilation, node_.dilation};
  if (node_.transposed) {
    return at::conv_transpose2d(x, weight_, bias_, node_.stride, padding, {1, 1}, node_.groups,
                                dilation);
  }
  return at::conv2d(x, weight_, bias_, node_.stride, padding, dilation, node_.groups);
}

at::Tensor ConvLayer::operator()(const at::Tensor &x) const {
  return fused_ ? (*fused_)(x) : activate(convolve(x), node_.activation);
}

at::Tensor ConvLayer::operator()(const at::Tensor &x, const at::Tensor &residual) const {
  if (fused_) return (*fused_)(x, residual);
  return activate(convolve(x).add_(residual), node_.activation);
}

}  // namespace hyperlips
