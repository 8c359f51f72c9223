// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/sequential.h>

namespace hyperlips {

/// The high-resolution network of HyperLips: (B, 6, 128, 128), BGR of the base output and a
/// landmark sketch, 0 ... 1, to (B, 3, 128 s, 128 s).
class HrDecoderImpl : public torch::nn::Module {
 public:
  /// scale s: 1, 2 or 4; Error{Settings} otherwise.
  explicit HrDecoderImpl(int scale);
  torch::Tensor forward(const torch::Tensor &x);

 private:
  torch::nn::Sequential conv_base_{nullptr}, up_conv_{nullptr}, output_block_{nullptr};
};
TORCH_MODULE(HrDecoder);

}  // namespace hyperlips
