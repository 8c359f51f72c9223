// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/eager/mobilenet_graph.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/linear.h>

namespace hyperlips {
namespace {

/// Features 0 to 6, up to 1/8 of the size.
constexpr std::size_t kFp32Features = 7;

/// (B, C, H, W) to (B, C).
at::Tensor global_mean(const at::Tensor &x) { return x.mean({2, 3}); }

/// (B, C) as a factor of (B, C, H, W).
at::Tensor per_channel(const at::Tensor &x) { return x.view({x.size(0), x.size(1), 1, 1}); }

/// The weight of a 1x1 convolution as a matrix.
at::Tensor matrix(const at::Tensor &weight) { return weight.flatten(1); }

}  // namespace

SqueezeExciteGraph::SqueezeExciteGraph(const GraphWeights &weights, const std::string &name)
    : weight1_(weights.for_compute(matrix(weights(name + ".fc1.weight")))),
      bias1_(weights.for_compute(weights(name + ".fc1.bias"))),
      weight2_(weights.for_compute(matrix(weights(name + ".fc2.weight")))),
      bias2_(weights.for_compute(weights(name + ".fc2.bias"))) {}

at::Tensor SqueezeExciteGraph::operator()(const at::Tensor &x) const {
  const at::Tensor squeezed = at::linear(global_mean(x), weight1_, bias1_).relu_();
  return x * per_channel(at::hardsigmoid(at::linear(squeezed, weight2_, bias2_)));
}

InvertedResidualGraph::InvertedResidualGraph(const GraphWeights &weights, const std::string &name,
                                             const InvertedResidualShape &shape)
    : residual_(shape.residual()) {
  const Activation activation = shape.hardswish ? Activation::Hardswish : Activation::Relu;
  int index = 0;
  const auto next = [&] { return name + ".block." + std::to_string(index++); };
  const auto conv = [&](const ConvGeometry &geometry, Activation after) {
    const std::string layer = next();
    return FoldedConv(weights, layer + ".0", layer + ".1", geometry, after, kMobilenetV3Eps);
  };
  if (shape.expands()) expand_ = conv({}, activation);
  depthwise_and_project_.push_back(conv({.stride = {shape.used_stride(), shape.used_stride()},
                                         .padding = shape.padding(),
                                         .dilation = shape.dilation,
                                         .groups = shape.expanded},
                                        activation));
  if (shape.squeeze_excite) squeeze_excite_.emplace(weights, next());
  depthwise_and_project_.push_back(conv({}, Activation::None));
}

at::Tensor InvertedResidualGraph::operator()(const at::Tensor &x) const {
  at::Tensor hidden = depthwise_and_project_[0](expand_ ? (*expand_)(x) : x);
  if (squeeze_excite_) hidden = (*squeeze_excite_)(hidden);
  const FoldedConv &project = depthwise_and_project_[1];
  return residual_ ? project(hidden, x) : project(hidden);
}

MobileNetGraph::MobileNetGraph(const GraphWeights &weights, const std::string &name)
    : type_(weights.type()),
      stem_(weights.in_fp32(), name + ".features.0.0", name + ".features.0.1",
            {.stride = {2, 2}, .padding = 1}, Activation::Hardswish, kMobilenetV3StemEps),
      last_(weights, name + ".features.16.0", name + ".features.16.1", {}, Activation::Hardswish,
            kMobilenetV3Eps) {
  for (const InvertedResidualShape &shape : kMobilenetV3Large) {
    const std::size_t feature = blocks_.size() + 1;
    blocks_.emplace_back(feature < kFp32Features ? weights.in_fp32() : weights,
                         name + ".features." + std::to_string(feature), shape);
  }
}

std::array<at::Tensor, 4> MobileNetGraph::operator()(const at::Tensor &x) const {
  std::array<at::Tensor, 4> taps;
  at::Tensor out = stem_(x);
  std::size_t tap = 0;
  for (std::size_t feature = 1; feature <= blocks_.size(); ++feature) {
    if (feature == kFp32Features) out = out.to(type_);
    out = blocks_[feature - 1](out);
    if (feature == kMobilenetV3Taps[tap]) taps[tap++] = out.to(type_);
  }
  taps.back() = last_(out);
  return taps;
}

LrAsppGraph::LrAsppGraph(const GraphWeights &weights, const std::string &name)
    : conv_(weights, name + ".aspp1.0", name + ".aspp1.1", {}, Activation::Relu),
      gate_(weights.for_compute(matrix(weights(name + ".aspp2.1.weight")))) {}

at::Tensor LrAsppGraph::operator()(const at::Tensor &x) const {
  return conv_(x).mul_(per_channel(at::linear(global_mean(x), gate_).sigmoid_()));
}

}  // namespace hyperlips
