// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/lr_aspp.hpp"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/pooling.h>

#include "hyperlips/nn/batch_norm.hpp"

namespace hyperlips {

namespace nn = torch::nn;

LrAsppImpl::LrAsppImpl(std::int64_t in_channels, std::int64_t out_channels) {
  const auto pointwise = nn::Conv2dOptions(in_channels, out_channels, 1).bias(false);
  aspp1_ = register_module(
      "aspp1", nn::Sequential(nn::Conv2d(pointwise), BatchNorm2d(out_channels), nn::ReLU()));
  aspp2_ = register_module(
      "aspp2", nn::Sequential(nn::AdaptiveAvgPool2d(1), nn::Conv2d(pointwise), nn::Sigmoid()));
}

torch::Tensor LrAsppImpl::forward(const torch::Tensor &x) {
  return aspp1_->forward(x) * aspp2_->forward(x);
}

}  // namespace hyperlips
