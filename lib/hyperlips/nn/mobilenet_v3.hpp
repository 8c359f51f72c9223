// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <torch/nn/modules/container/sequential.h>

#include "hyperlips/model/mobilenet_v3_blocks.hpp"

namespace hyperlips {

/// MobileNetV3-Large trunk of stride 16 (Howard et al. 2019).
class MobileNetV3EncoderImpl : public torch::nn::Module {
 public:
  explicit MobileNetV3EncoderImpl(std::int64_t in_channels);
  /// x: (B, in_channels, H, W). Returns features of 16, 24, 40 and 960 channels at 1/2, 1/4, 1/8
  /// and 1/16 of the size, rounded up.
  std::array<torch::Tensor, 4> forward(const torch::Tensor &x);

 private:
  torch::nn::Sequential features_{nullptr};
};
TORCH_MODULE(MobileNetV3Encoder);

}  // namespace hyperlips
