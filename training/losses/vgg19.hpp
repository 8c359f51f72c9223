// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/losses/vgg_features.hpp"

namespace hyperlips::training {

/// The perceptual loss of the published HR training: mean absolute difference of the last
/// convolution of VGG-19 (layer 34, before its ReLU) on pictures in BGR, 0 ... 1, without ImageNet
/// normalization.
class Vgg19Loss {
 public:
  /// file: torchvision's vgg19 checkpoint; errors as for VggFeatures.
  explicit Vgg19Loss(const TensorFile &file, const torch::Device &device = torch::kCPU);

  /// (N, 3, H, W) each, H and W at least 16. A scalar, float32 under autocast too; only `generated`
  /// gets gradients.
  torch::Tensor operator()(const torch::Tensor &truth, const torch::Tensor &generated) const;

 private:
  VggFeatures features_;
};

}  // namespace hyperlips::training
