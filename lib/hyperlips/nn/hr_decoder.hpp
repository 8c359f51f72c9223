// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/sequential.h>

namespace hyperlips {

/// HRDecoder, the high-resolution network of HyperLips (arXiv 2310.05720).
class HrDecoderImpl : public torch::nn::Module {
 public:
  /// `scale` s is 1, 2 or 4. Throws Error{Settings} otherwise.
  explicit HrDecoderImpl(int scale);
  /// x: (B, 6, 128, 128), BGR of the base output, then three times the landmark sketch, 0 ... 1.
  /// Returns BGR, (B, 3, 128 s, 128 s), 0 ... 1.
  torch::Tensor forward(const torch::Tensor &x);

 private:
  torch::nn::Sequential conv_base_{nullptr}, up_conv_{nullptr}, output_block_{nullptr};
};
TORCH_MODULE(HrDecoder);

}  // namespace hyperlips
