// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/torch/onednn_conv.hpp"

#include <ATen/Context.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <string_view>

namespace hyperlips {
namespace {

using Name = std::string_view;
using Scalars = c10::List<std::optional<at::Scalar>>;

using PointwiseOp = at::Tensor(const at::Tensor &x, const at::Tensor &weight,
                               const std::optional<at::Tensor> &bias, at::IntArrayRef padding,
                               at::IntArrayRef stride, at::IntArrayRef dilation,
                               std::int64_t groups, Name activation, Scalars scalars,
                               std::optional<Name> algorithm);
using BinaryOp = at::Tensor(const at::Tensor &x, const at::Tensor &other, const at::Tensor &weight,
                            const std::optional<at::Tensor> &bias, at::IntArrayRef padding,
                            at::IntArrayRef stride, at::IntArrayRef dilation, std::int64_t groups,
                            Name binary, std::optional<at::Scalar> alpha,
                            std::optional<Name> activation, Scalars scalars,
                            std::optional<Name> algorithm);
using ReorderOp = at::Tensor(const at::Tensor &weight, at::IntArrayRef padding,
                             at::IntArrayRef stride, at::IntArrayRef dilation, std::int64_t groups,
                             at::OptionalIntArrayRef input_size);

/// Emitted by TorchInductor; not declared in LibTorch's C++ headers.
struct Operators {
  c10::TypedOperatorHandle<PointwiseOp> pointwise;
  c10::TypedOperatorHandle<BinaryOp> binary;
  c10::TypedOperatorHandle<ReorderOp> reorder;
};

std::optional<Operators> find_operators() {
  if (!at::globalContext().hasMKLDNN()) return std::nullopt;
  auto &dispatcher = c10::Dispatcher::singleton();
  const auto pointwise = dispatcher.findSchema({"mkldnn::_convolution_pointwise", ""});
  const auto binary = dispatcher.findSchema({"mkldnn::_convolution_pointwise", "binary"});
  const auto reorder = dispatcher.findSchema({"mkldnn::_reorder_convolution_weight", ""});
  if (!pointwise || !binary || !reorder) return std::nullopt;
  return Operators{pointwise->typed<PointwiseOp>(), binary->typed<BinaryOp>(),
                   reorder->typed<ReorderOp>()};
}

const std::optional<Operators> &operators() {
  static const std::optional<Operators> found = find_operators();
  return found;
}

/// Nothing for activations that oneDNN is not asked to fuse.
std::optional<Name> name_of(Activation activation) {
  switch (activation) {
    case Activation::None:
      return "none";
    case Activation::Relu:
      return "relu";
    case Activation::Hardswish:
      return "hardswish";
    default:
      return std::nullopt;
  }
}

std::array<std::int64_t, 2> square(std::int64_t size) { return {size, size}; }

}  // namespace

std::optional<OneDnnConv> OneDnnConv::make(const at::Tensor &weight, const at::Tensor &bias,
                                           const ConvNode &node) {
  if (!operators() || node.transposed || !weight.is_cpu() || !name_of(node.activation)) {
    return std::nullopt;
  }
  OneDnnConv conv;
  conv.node_ = node;
  conv.weight_ = operators()->reorder.call(weight, square(node.padding), node.stride,
                                           square(node.dilation), node.groups, std::nullopt);
  if (bias.defined()) conv.bias_ = bias;
  return conv;
}

at::Tensor OneDnnConv::operator()(const at::Tensor &x) const {
  return operators()->pointwise.call(x, weight_, bias_, square(node_.padding), node_.stride,
                                     square(node_.dilation), node_.groups,
                                     *name_of(node_.activation), Scalars(), std::nullopt);
}

at::Tensor OneDnnConv::operator()(const at::Tensor &x, const at::Tensor &residual) const {
  std::optional<Name> activation;
  if (node_.activation != Activation::None) activation = name_of(node_.activation);
  return operators()->binary.call(x, residual, weight_, bias_, square(node_.padding), node_.stride,
                                  square(node_.dilation), node_.groups, "add", std::nullopt,
                                  activation, Scalars(), std::nullopt);
}

}  // namespace hyperlips
