// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <torch/nn/module.h>
#include <torch/nn/modules/container/sequential.h>

namespace hyperlips {

/// Convolutional GRU whose state is zero on every call, as in the published networks: the reset
/// gate and all weights that meet the state have no effect (and get no gradient).
class ConvGruImpl : public torch::nn::Module {
 public:
  explicit ConvGruImpl(std::int64_t channels);
  torch::Tensor forward(const torch::Tensor &x);

 private:
  torch::nn::Sequential ih_{nullptr}, hh_{nullptr};
  std::int64_t channels_;
};
TORCH_MODULE(ConvGru);

/// Doubles the resolution, joins the skip features and the source picture, convolves, and runs a
/// GRU over the second half of the channels.
class UpsamplingBlockImpl : public torch::nn::Module {
 public:
  UpsamplingBlockImpl(std::int64_t in_channels, std::int64_t skip_channels,
                      std::int64_t source_channels, std::int64_t out_channels);
  torch::Tensor forward(const torch::Tensor &x, const torch::Tensor &skip,
                        const torch::Tensor &source);

 private:
  torch::nn::Sequential conv_;
  ConvGru gru_;
};
TORCH_MODULE(UpsamplingBlock);

/// The decoder of Robust Video Matting (Lin et al. 2021): from four features at 1/2 ... 1/16 and
/// the 6-channel source to 64 channels of full resolution.
class RecurrentDecoderImpl : public torch::nn::Module {
 public:
  RecurrentDecoderImpl();
  torch::Tensor forward(const torch::Tensor &source, const std::array<torch::Tensor, 4> &features);

 private:
  torch::nn::Sequential output_conv_{nullptr};
  ConvGru bottleneck_gru_{nullptr};
  UpsamplingBlock decode3_{nullptr}, decode2_{nullptr}, decode1_{nullptr};
};
TORCH_MODULE(RecurrentDecoder);

}  // namespace hyperlips
