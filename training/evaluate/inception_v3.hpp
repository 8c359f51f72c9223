// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/sequential.h>

namespace hyperlips::training {

/// The Inception-v3 features (Szegedy et al., CVPR 2016) that define FID: TensorFlow's network of
/// 2015-12-05 up to the last pooling, with torchvision's layer names, as in pytorch-fid's
/// "pt_inception-2015-12-05-6726825d.pth". Unlike torchvision's, its pooling branches average
/// without the padding, and the last block uses max pooling.
class InceptionV3Impl : public torch::nn::Module {
 public:
  static constexpr std::int64_t kFeatures = 2048;

  InceptionV3Impl();

  /// pictures: (B, 3, H, W), R G B, 0 ... 1; scaled to 299x299 bilinearly without antialiasing, as
  /// in pytorch-fid. Returns (B, 2048).
  torch::Tensor forward(const torch::Tensor &pictures);

 private:
  torch::nn::Sequential layers_;
};
TORCH_MODULE(InceptionV3);

}  // namespace hyperlips::training
