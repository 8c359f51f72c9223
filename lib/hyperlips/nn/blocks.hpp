// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>

namespace hyperlips {

/// Convolution, batch norm, optional residual sum, ReLU: the block of Wav2Lip and the networks
/// derived from it. State-dict names: conv_block.0 (convolution), conv_block.1 (norm).
class ConvBlockImpl : public torch::nn::Module {
 public:
  /// With `residual`, the convolution must keep the shape of its input.
  explicit ConvBlockImpl(const torch::nn::Conv2dOptions &options, bool residual = false);
  /// x: (B, in_channels, H, W). Returns (B, out_channels, ...) of the convolution's size.
  torch::Tensor forward(const torch::Tensor &x);

 private:
  torch::nn::Sequential conv_block_{nullptr};
  bool residual_;
};
TORCH_MODULE(ConvBlock);

/// Transposed convolution, batch norm, ReLU. Same names as ConvBlock.
class ConvTransposeBlockImpl : public torch::nn::Module {
 public:
  explicit ConvTransposeBlockImpl(const torch::nn::ConvTranspose2dOptions &options);
  torch::Tensor forward(const torch::Tensor &x);

 private:
  torch::nn::Sequential conv_block_{nullptr};
};
TORCH_MODULE(ConvTransposeBlock);

/// Convolution and LeakyReLU(0.01) without a norm, as in the discriminators.
class PlainConvBlockImpl : public torch::nn::Module {
 public:
  explicit PlainConvBlockImpl(const torch::nn::Conv2dOptions &options);
  torch::Tensor forward(const torch::Tensor &x);

 private:
  torch::nn::Sequential conv_block_{nullptr};
};
TORCH_MODULE(PlainConvBlock);

}  // namespace hyperlips
