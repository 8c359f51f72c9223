// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/hyper_conv.hpp"

namespace hyperlips {

namespace nn = torch::nn;

HyperCodeImpl::HyperCodeImpl(std::int64_t in_features)
    : lin1_(register_module("lin1", nn::Linear(in_features, kHyperCodeSize))),
      lin2_(register_module("lin2", nn::Linear(kHyperCodeSize, kHyperCodeSize))) {}

torch::Tensor HyperCodeImpl::forward(const torch::Tensor &x) {
  torch::Tensor code = lin1_->forward(x);
  code = lin2_->forward(torch::leaky_relu_(code));
  return torch::leaky_relu_(code);
}

HyperConvImpl::HyperConvImpl(std::int64_t channels)
    : hyperkernel_(
          register_module("hyperkernel", nn::Linear(kHyperCodeSize, channels * channels * 9))),
      hyperbias_(register_module("hyperbias", nn::Linear(kHyperCodeSize, channels))),
      channels_(channels) {}

torch::Tensor HyperConvImpl::forward(const torch::Tensor &x, const torch::Tensor &code) {
  const std::int64_t batch = x.size(0);
  const torch::Tensor kernels =
      hyperkernel_->forward(code).view({batch * channels_, channels_, 3, 3});
  const torch::Tensor bias = hyperbias_->forward(code).view({batch * channels_});
  // One group per sample applies each sample's own kernel in a single convolution.
  return torch::conv2d(x.reshape({1, batch * channels_, x.size(2), x.size(3)}), kernels, bias, 1, 1,
                       1, batch)
      .view(x.sizes());
}

DoubleHyperConvImpl::DoubleHyperConvImpl(std::int64_t channels)
    : conv1_(register_module("0", HyperConv(channels))),
      norm1_(register_module("1", BatchNorm2d(channels))),
      conv2_(register_module("3", HyperConv(channels))),
      norm2_(register_module("4", BatchNorm2d(channels))) {}

torch::Tensor DoubleHyperConvImpl::forward(const torch::Tensor &x, const torch::Tensor &code) {
  const torch::Tensor hidden = norm1_->forward(conv1_->forward(x, code)).relu_();
  return norm2_->forward(conv2_->forward(hidden, code)).sigmoid_();
}

}  // namespace hyperlips
