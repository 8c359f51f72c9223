// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <torch/nn/module.h>
#include <torch/nn/modules/container/sequential.h>

namespace hyperlips {

/// Convolutional GRU with zero state in every call, as in the published networks: the reset gate
/// and all weights that apply to the state have no effect and get no gradient.
class ConvGruImpl : public torch::nn::Module {
 public:
  explicit ConvGruImpl(std::int64_t channels);
  /// x: (B, channels, H, W). Returns the shape of x.
  torch::Tensor forward(const torch::Tensor &x);

 private:
  torch::nn::Sequential ih_{nullptr}, hh_{nullptr};
  std::int64_t channels_;
};
TORCH_MODULE(ConvGru);

/// Doubles the resolution, concatenates skip features and source picture, convolves, and applies a
/// GRU to the second half of the channels.
class UpsamplingBlockImpl : public torch::nn::Module {
 public:
  UpsamplingBlockImpl(std::int64_t in_channels, std::int64_t skip_channels,
                      std::int64_t source_channels, std::int64_t out_channels);
  /// x: (B, in_channels, H / 2, W / 2), rounded up; skip: (B, skip_channels, H, W); source:
  /// (B, source_channels, H, W). Returns (B, out_channels, H, W).
  torch::Tensor forward(const torch::Tensor &x, const torch::Tensor &skip,
                        const torch::Tensor &source);

 private:
  torch::nn::Sequential conv_;
  ConvGru gru_;
};
TORCH_MODULE(UpsamplingBlock);

/// The decoder of Robust Video Matting (Lin et al. 2021).
class RecurrentDecoderImpl : public torch::nn::Module {
 public:
  RecurrentDecoderImpl();
  /// source: (B, 6, H, W); features: 16, 24, 40 and 128 channels at 1/2, 1/4, 1/8 and 1/16 of the
  /// size. Returns (B, 64, H, W).
  torch::Tensor forward(const torch::Tensor &source, const std::array<torch::Tensor, 4> &features);

 private:
  torch::nn::Sequential output_conv_{nullptr};
  ConvGru bottleneck_gru_{nullptr};
  UpsamplingBlock decode3_{nullptr}, decode2_{nullptr}, decode1_{nullptr};
};
TORCH_MODULE(RecurrentDecoder);

}  // namespace hyperlips
