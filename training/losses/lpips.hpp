// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>

#include "training/losses/picture_loss.hpp"
#include "training/losses/vgg_features.hpp"

namespace hyperlips::training {

/// LPIPS v0.1 with VGG-16 (Zhang et al. 2018, arXiv 1801.03924): squared differences of five
/// features of unit length per position, weighted by channel, averaged over the picture, summed.
class Lpips {
 public:
  /// vgg16: torchvision's checkpoint; linear: vgg.pth of the lpips package ("linN.model.1.weight").
  /// Errors as for VggFeatures.
  Lpips(const TensorFile &vgg16, const TensorFile &linear,
        const torch::Device &device = torch::kCPU);

  /// The distance between each pair of pictures (N, 3, H, W): (N), float32 under autocast too. The
  /// values are not converted: LPIPS was trained on RGB in -1 ... 1, the published HR training
  /// passes BGR in 0 ... 1. Widths and heights below 16 pixels are enlarged to 16 (bilinear), the
  /// minimum for the four poolings of VGG.
  torch::Tensor distance(const torch::Tensor &a, const torch::Tensor &b) const;

  /// boxes_loss() of the distance.
  torch::Tensor boxes_distance(const torch::Tensor &a, const torch::Tensor &b,
                               const std::vector<PictureBox> &boxes) const;

 private:
  std::vector<torch::Tensor> features(const torch::Tensor &pictures) const;

  VggFeatures vgg_;
  torch::Tensor shift_, scale_;
  std::array<torch::Tensor, 5> weights_;
};

}  // namespace hyperlips::training
