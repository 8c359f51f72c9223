// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/blocks.hpp"

#include "hyperlips/nn/batch_norm.hpp"

namespace hyperlips {

ConvBlockImpl::ConvBlockImpl(const torch::nn::Conv2dOptions &options, bool residual)
    : residual_(residual) {
  conv_block_ = register_module(
      "conv_block",
      torch::nn::Sequential(torch::nn::Conv2d(options), BatchNorm2d(options.out_channels())));
}

torch::Tensor ConvBlockImpl::forward(const torch::Tensor &x) {
  torch::Tensor out = conv_block_->forward(x);
  if (residual_) out += x;
  return out.relu_();
}

ConvTransposeBlockImpl::ConvTransposeBlockImpl(const torch::nn::ConvTranspose2dOptions &options) {
  conv_block_ =
      register_module("conv_block", torch::nn::Sequential(torch::nn::ConvTranspose2d(options),
                                                          BatchNorm2d(options.out_channels())));
}

torch::Tensor ConvTransposeBlockImpl::forward(const torch::Tensor &x) {
  return conv_block_->forward(x).relu_();
}

PlainConvBlockImpl::PlainConvBlockImpl(const torch::nn::Conv2dOptions &options) {
  conv_block_ = register_module("conv_block", torch::nn::Sequential(torch::nn::Conv2d(options)));
}

torch::Tensor PlainConvBlockImpl::forward(const torch::Tensor &x) {
  torch::Tensor out = conv_block_->forward(x);
  return torch::leaky_relu_(out, 0.01);
}

}  // namespace hyperlips
