// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/eager/hyper_conv_graph.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linear.h>

namespace hyperlips {

HyperCodeGraph::HyperCodeGraph(const GraphWeights &weights, const std::string &name,
                               std::int64_t height, std::int64_t width)
    : bias1_(weights.in_fp32().for_compute(weights(name + ".lin1.bias"))),
      weight2_(weights.in_fp32().for_compute(weights(name + ".lin2.weight"))),
      bias2_(weights.in_fp32().for_compute(weights(name + ".lin2.bias"))) {
  // Columns in channels_last order, so that a feature map needs no copy to be flattened.
  const at::Tensor weight = weights(name + ".lin1.weight");
  weight1_ = weights.in_fp32().for_compute(
      weight.view({weight.size(0), -1, height, width}).permute({0, 2, 3, 1}).flatten(1));
}

at::Tensor HyperCodeGraph::operator()(const at::Tensor &x) const {
  const at::Tensor flat = x.permute({0, 2, 3, 1}).flatten(1).to(at::kFloat);
  at::Tensor code = at::linear(flat, weight1_, bias1_);
  code = at::linear(at::leaky_relu_(code), weight2_, bias2_);
  return at::leaky_relu_(code);
}

HyperConvGraph::HyperConvGraph(const GraphWeights &weights, const std::string &name,
                               const std::string &norm) {
  const NormFold fold = fold_norm(weights, norm);
  channels_ = fold.scale.size(0);
  const at::Tensor scale = fold.scale.view({-1, 1});
  const auto per_kernel = [&](const at::Tensor &tensor) {
    return (tensor.view({channels_, -1}) * scale).view(tensor.sizes());
  };
  kernel_weight_ = weights.in_fp32().for_compute(per_kernel(weights(name + ".hyperkernel.weight")));
  kernel_bias_ = weights.in_fp32().for_compute(per_kernel(weights(name + ".hyperkernel.bias")));
  bias_weight_ = weights.in_fp32().for_compute((weights(name + ".hyperbias.weight") * scale));
  bias_bias_ =
      weights.in_fp32().for_compute((weights(name + ".hyperbias.bias") * fold.scale + fold.shift));
}

at::Tensor HyperConvGraph::operator()(const at::Tensor &x, const at::Tensor &code) const {
  const std::int64_t batch = x.size(0);
  const at::Tensor kernels = at::linear(code, kernel_weight_, kernel_bias_)
                                 .view({batch * channels_, channels_, 3, 3})
                                 .to(x.scalar_type());
  const at::Tensor bias = at::linear(code, bias_weight_, bias_bias_).flatten().to(x.scalar_type());
  // One group per sample applies each sample's own kernel in a single convolution.
  return at::conv2d(x.view({1, batch * channels_, x.size(2), x.size(3)}), kernels, bias, 1, 1, 1,
                    batch)
      .view(x.sizes());
}

DoubleHyperConvGraph::DoubleHyperConvGraph(const GraphWeights &weights, const std::string &name)
    : conv1_(weights, name + ".0", name + ".1"), conv2_(weights, name + ".3", name + ".4") {}

at::Tensor DoubleHyperConvGraph::operator()(const at::Tensor &x, const at::Tensor &code) const {
  const at::Tensor hidden = conv1_(x.contiguous(), code).relu_();
  return conv2_(hidden, code).sigmoid_();
}

}  // namespace hyperlips
