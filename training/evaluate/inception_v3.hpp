// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/sequential.h>

namespace hyperlips::training {

/// The features of Inception-v3 (Szegedy et al., CVPR 2016) that FID is defined on: TensorFlow's
/// network of 2015-12-05 up to the last pooling, with torchvision's names of the layers, as in
/// pytorch-fid's "pt_inception-2015-12-05-6726825d.pth". It differs from torchvision's in its
/// pooling branches: averages leave the padding out, the last block's takes the maximum.
class InceptionV3Impl : public torch::nn::Module {
 public:
  static constexpr std::int64_t kFeatures = 2048;

  InceptionV3Impl();

  /// (B, 3, H, W), R G B, 0 ... 1, of any size: scaled to 299x299 bilinearly without smoothing, as
  /// pytorch-fid does. Gives (B, 2048).
  torch::Tensor forward(const torch::Tensor &pictures);

 private:
  torch::nn::Sequential layers_;
};
TORCH_MODULE(InceptionV3);

}  // namespace hyperlips::training
