// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/eager/folded_layers.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/hardswish.h>

#include "hyperlips/engine/inference_thread.hpp"

namespace hyperlips {

at::Tensor activate(at::Tensor x, Activation activation) {
  switch (activation) {
    case Activation::None:
      break;
    case Activation::Relu:
      x.relu_();
      break;
    case Activation::Hardswish:
      at::hardswish_(x);
      break;
  }
  return x;
}

NormFold fold_norm(const GraphWeights &weights, const std::string &norm, double eps) {
  const at::Tensor variance = weights(norm + ".running_var").to(at::kDouble);
  const at::Tensor scale = weights(norm + ".weight") / (variance + eps).sqrt();
  const at::Tensor shift = weights(norm + ".bias") - weights(norm + ".running_mean") * scale;
  return {scale.to(at::kFloat), shift.to(at::kFloat)};
}

FoldedConv::FoldedConv(const GraphWeights &weights, const std::string &conv,
                       const std::string &norm, const ConvGeometry &geometry, Activation activation,
                       double eps)
    : geometry_(geometry), activation_(activation) {
  at::Tensor weight = weights(conv + ".weight");
  at::Tensor bias;
  if (weights.has(conv + ".bias")) bias = weights(conv + ".bias");
  if (!norm.empty()) {
    const NormFold fold = fold_norm(weights, norm, eps);
    weight = weight * (geometry.transposed ? fold.scale.view({1, -1, 1, 1})
                                           : fold.scale.view({-1, 1, 1, 1}));
    bias = bias.defined() ? bias * fold.scale + fold.shift : fold.shift;
  }
  prepare(weights, weight, bias);
}

FoldedConv::FoldedConv(const GraphWeights &weights, at::Tensor weight, at::Tensor bias,
                       const ConvGeometry &geometry, Activation activation)
    : geometry_(geometry), activation_(activation) {
  prepare(weights, weight, bias);
}

void FoldedConv::prepare(const GraphWeights &weights, const at::Tensor &weight,
                         const at::Tensor &bias) {
  weight_ = weights.for_compute(weight).contiguous(at::MemoryFormat::ChannelsLast);
  if (bias.defined()) bias_ = weights.for_compute(bias);
  fused_ = OneDnnConv::make(weight_, bias_, geometry_, activation_);
  if (fused_) weight_ = bias_ = at::Tensor();
}

at::Tensor FoldedConv::convolve(const at::Tensor &x) const {
  const std::array<std::int64_t, 2> padding{geometry_.padding, geometry_.padding};
  const std::array<std::int64_t, 2> dilation{geometry_.dilation, geometry_.dilation};
  if (geometry_.transposed) {
    return at::conv_transpose2d(x, weight_, bias_, geometry_.stride, padding, {1, 1},
                                geometry_.groups, dilation);
  }
  return at::conv2d(x, weight_, bias_, geometry_.stride, padding, dilation, geometry_.groups);
}

at::Tensor FoldedConv::operator()(const at::Tensor &x) const {
  InferenceThread::let_due_job_run();
  return fused_ ? (*fused_)(x) : activate(convolve(x), activation_);
}

at::Tensor FoldedConv::operator()(const at::Tensor &x, const at::Tensor &residual) const {
  InferenceThread::let_due_job_run();
  if (fused_) return (*fused_)(x, residual);
  return activate(convolve(x).add_(residual), activation_);
}

FoldedConv conv_block(const GraphWeights &weights, const std::string &name) {
  return FoldedConv(weights, name + ".conv_block.0", name + ".conv_block.1", {.padding = 1},
                    Activation::Relu);
}

OutputBlock::OutputBlock(const GraphWeights &weights, const std::string &name)
    : conv_(conv_block(weights, name + ".0")),
      to_bgr_(weights, name + ".1", "", {}, Activation::None) {}

at::Tensor OutputBlock::operator()(const at::Tensor &x) const {
  return to_bgr_(conv_(x)).to(at::kFloat).sigmoid_();
}

}  // namespace hyperlips
