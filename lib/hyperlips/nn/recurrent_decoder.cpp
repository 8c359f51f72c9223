// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/recurrent_decoder.hpp"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>

#include "hyperlips/nn/batch_norm.hpp"

namespace hyperlips {
namespace {

namespace nn = torch::nn;

constexpr std::int64_t kSourceChannels = 6;

nn::Conv2dOptions conv3x3(std::int64_t in, std::int64_t out) {
  return nn::Conv2dOptions(in, out, 3).padding(1);
}

torch::Tensor upsample(const torch::Tensor &x, const torch::Tensor &like) {
  const std::vector<double> scale{2.0, 2.0};
  const torch::Tensor doubled =
      torch::upsample_bilinear2d(x, std::nullopt, /*align_corners=*/false, scale);
  return doubled.slice(2, 0, like.size(2)).slice(3, 0, like.size(3));
}

torch::Tensor halve(const torch::Tensor &x) {
  return torch::avg_pool2d(x, 2, 2, 0, /*ceil_mode=*/true, /*count_include_pad=*/false);
}

torch::Tensor gru_on_second_half(ConvGru &gru, const torch::Tensor &x) {
  const std::vector<torch::Tensor> halves = x.chunk(2, 1);
  return torch::cat({halves[0], gru->forward(halves[1])}, 1);
}

}  // namespace

ConvGruImpl::ConvGruImpl(std::int64_t channels) : channels_(channels) {
  ih_ = register_module(
      "ih", nn::Sequential(nn::Conv2d(conv3x3(2 * channels, 2 * channels)), nn::Sigmoid()));
  hh_ = register_module("hh",
                        nn::Sequential(nn::Conv2d(conv3x3(2 * channels, channels)), nn::Tanh()));
}

torch::Tensor ConvGruImpl::forward(const torch::Tensor &x) {
  // h = 0: reset * h vanishes and the new state is update * candidate.
  const torch::Tensor with_state = torch::cat({x, torch::zeros_like(x)}, 1);
  const torch::Tensor update = ih_->forward(with_state).slice(1, channels_);
  return update * hh_->forward(with_state);
}

UpsamplingBlockImpl::UpsamplingBlockImpl(std::int64_t in_channels, std::int64_t skip_channels,
                                         std::int64_t source, std::int64_t out_channels)
    : conv_(register_module(
          "conv",
          nn::Sequential(
              nn::Conv2d(conv3x3(in_channels + skip_channels + source, out_channels).bias(false)),
              BatchNorm2d(out_channels), nn::ReLU(true)))),
      gru_(register_module("gru", ConvGru(out_channels / 2))) {}

torch::Tensor UpsamplingBlockImpl::forward(const torch::Tensor &x, const torch::Tensor &skip,
                                           const torch::Tensor &source) {
  return gru_on_second_half(gru_,
                            conv_->forward(torch::cat({upsample(x, source), skip, source}, 1)));
}

RecurrentDecoderImpl::RecurrentDecoderImpl() {
  auto decode4 = register_module("decode4", std::make_shared<nn::Module>());
  bottleneck_gru_ = decode4->register_module("gru", ConvGru(64));
  decode3_ = register_module("decode3", UpsamplingBlock(128, 40, kSourceChannels, 80));
  decode2_ = register_module("decode2", UpsamplingBlock(80, 24, kSourceChannels, 40));
  decode1_ = register_module("decode1", UpsamplingBlock(40, 16, kSourceChannels, 32));
  auto decode0 = register_module("decode0", std::make_shared<nn::Module>());
  output_conv_ = decode0->register_module(
      "conv",
      nn::Sequential(nn::Conv2d(conv3x3(32 + kSourceChannels, 64).bias(false)), BatchNorm2d(64),
                     nn::ReLU(true), nn::Conv2d(conv3x3(64, 64).bias(false)), BatchNorm2d(64),
                     nn::ReLU(true)));
}

torch::Tensor RecurrentDecoderImpl::forward(const torch::Tensor &source,
                                            const std::array<torch::Tensor, 4> &features) {
  const torch::Tensor half = halve(source);
  const torch::Tensor quarter = halve(half);
  const torch::Tensor eighth = halve(quarter);
  torch::Tensor x = gru_on_second_half(bottleneck_gru_, features[3]);
  x = decode3_->forward(x, features[2], eighth);
  x = decode2_->forward(x, features[1], quarter);
  x = decode1_->forward(x, features[0], half);
  return output_conv_->forward(torch::cat({upsample(x, source), source}, 1));
}

}  // namespace hyperlips
