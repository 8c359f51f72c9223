// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/sequential.h>

namespace hyperlips {

/// Lite reduced atrous spatial pyramid pooling (LR-ASPP, Howard et al. 2019): a 1x1 convolution
/// gated by the global mean of its input.
class LrAsppImpl : public torch::nn::Module {
 public:
  LrAsppImpl(std::int64_t in_channels, std::int64_t out_channels);
  /// x: (B, in_channels, H, W). Returns (B, out_channels, H, W).
  torch::Tensor forward(const torch::Tensor &x);

 private:
  torch::nn::Sequential aspp1_{nullptr}, aspp2_{nullptr};
};
TORCH_MODULE(LrAspp);

}  // namespace hyperlips
