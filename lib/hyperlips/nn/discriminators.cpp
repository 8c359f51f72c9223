// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/discriminators.hpp"

#include <torch/nn/modules/activation.h>

#include "hyperlips/nn/blocks.hpp"
#include "hyperlips/nn/full_precision.hpp"

namespace hyperlips {
namespace {

namespace nn = torch::nn;

PlainConvBlock conv(std::int64_t in, std::int64_t out, std::int64_t kernel,
                    torch::ExpandingArray<2> stride = 1) {
  return PlainConvBlock(
      nn::Conv2dOptions(in, out, kernel).stride(stride).padding((kernel - 1) / 2));
}

nn::Sequential down(std::int64_t in, std::int64_t out, std::int64_t kernel,
                    torch::ExpandingArray<2> stride = 2) {
  return nn::Sequential(conv(in, out, kernel, stride), conv(out, out, kernel));
}

nn::Sequential prediction(std::int64_t channels) {
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(channels, 1, 1)), nn::Sigmoid());
}

torch::Tensor classify(nn::ModuleListImpl &blocks, nn::SequentialImpl &prediction,
                       torch::Tensor x) {
  for (const auto &block : blocks) x = block->as<nn::Sequential>()->forward(x);
  x = prediction[0]->as<nn::Conv2d>()->forward(torch::adaptive_avg_pool2d(x, {1, 1}));
  // In float32 under autocast too: a bfloat16 probability above 0.998 is 1, without a gradient.
  return prediction[1]->as<nn::Sigmoid>()->forward(full_precision(x)).flatten(1);
}

}  // namespace

BaseDiscriminatorImpl::BaseDiscriminatorImpl() {
  const nn::Conv2dOptions unpadded(512, 512, 3);
  face_encoder_blocks_ = register_module(
      "face_encoder_blocks",
      nn::ModuleList(nn::Sequential(conv(3, 32, 7)), down(32, 64, 5, {1, 2}), down(64, 128, 5),
                     down(128, 256, 5), down(256, 512, 3), down(512, 512, 3),
                     nn::Sequential(PlainConvBlock(unpadded), conv(512, 512, 1))));
  binary_pred_ = register_module("binary_pred", prediction(512));
}

torch::Tensor BaseDiscriminatorImpl::forward(const torch::Tensor &faces) {
  const torch::Tensor pictures = faces.permute({2, 0, 1, 3, 4}).flatten(0, 1);
  return classify(*face_encoder_blocks_, *binary_pred_,
                  pictures.slice(2, pictures.size(2) / 2).contiguous());
}

torch::Tensor BaseDiscriminatorImpl::perceptual_loss(const torch::Tensor &generated) {
  const torch::Tensor real = forward(generated);
  return torch::binary_cross_entropy(real, torch::ones_like(real));
}

HrDiscriminatorImpl::HrDiscriminatorImpl() {
  face_encoder_blocks_ =
      register_module("face_encoder_blocks",
                      nn::ModuleList(nn::Sequential(conv(3, 32, 7)), down(32, 64, 5),
                                     down(64, 128, 5), down(128, 128, 5), down(128, 128, 3)));
  binary_pred_ = register_module("binary_pred", prediction(128));
}

torch::Tensor HrDiscriminatorImpl::forward(const torch::Tensor &faces) {
  return classify(*face_encoder_blocks_, *binary_pred_, faces);
}

}  // namespace hyperlips
