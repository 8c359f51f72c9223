// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/hr_decoder.hpp"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>

#include "hyperlips/error.hpp"
#include "hyperlips/nn/blocks.hpp"

namespace hyperlips {
namespace {

namespace nn = torch::nn;

nn::Conv2dOptions conv3x3(std::int64_t in, std::int64_t out) {
  return nn::Conv2dOptions(in, out, 3).padding(1);
}

}  // namespace

HrDecoderImpl::HrDecoderImpl(int scale) {
  if (scale != 1 && scale != 2 && scale != 4) {
    throw Error(ErrorKind::Settings,
                "Invalid HRDecoder scale " + std::to_string(scale) + "; expected 1, 2 or 4.");
  }
  conv_base_ = register_module(
      "conv_base", nn::Sequential(ConvBlock(conv3x3(6, 64)), ConvBlock(conv3x3(64, 64), true)));
  nn::Sequential up_conv;
  for (int size = 1; size == 1 || size < scale; size *= 2) {
    if (scale > 1) {
      up_conv->push_back(ConvTransposeBlock(
          nn::ConvTranspose2dOptions(64, 64, 3).stride(2).padding(1).output_padding(1)));
    }
    up_conv->push_back(ConvBlock(conv3x3(64, 64), true));
    up_conv->push_back(ConvBlock(conv3x3(64, 64), true));
  }
  up_conv_ = register_module("up_conv", up_conv);
  output_block_ = register_module(
      "output_block", nn::Sequential(ConvBlock(conv3x3(64, 32)),
                                     nn::Conv2d(nn::Conv2dOptions(32, 3, 1)), nn::Sigmoid()));
}

torch::Tensor HrDecoderImpl::forward(const torch::Tensor &x) {
  return output_block_->forward(up_conv_->forward(conv_base_->forward(x)));
}

}  // namespace hyperlips
