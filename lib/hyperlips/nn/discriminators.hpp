// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/container/sequential.h>

namespace hyperlips {

/// HyperCtrolDiscriminator, which judges the lower half of each face in base training.
class BaseDiscriminatorImpl : public torch::nn::Module {
 public:
  BaseDiscriminatorImpl();

  /// faces: (B, 3, T, 128, 128), 0 ... 1. Gives the probability that each is real, (T B, 1), frame
  /// by frame.
  torch::Tensor forward(const torch::Tensor &faces);

  /// The generator's adversarial loss: binary cross-entropy of forward() against real. A scalar.
  torch::Tensor perceptual_loss(const torch::Tensor &generated);

 private:
  torch::nn::ModuleList face_encoder_blocks_;
  torch::nn::Sequential binary_pred_{nullptr};
};
TORCH_MODULE(BaseDiscriminator);

/// HRDecoder_disc_qual, which judges whole faces of any size in HR training.
class HrDiscriminatorImpl : public torch::nn::Module {
 public:
  HrDiscriminatorImpl();

  /// faces: (B, 3, H, W), 0 ... 1. Gives (B, 1), 0 ... 1.
  torch::Tensor forward(const torch::Tensor &faces);

 private:
  torch::nn::ModuleList face_encoder_blocks_;
  torch::nn::Sequential binary_pred_{nullptr};
};
TORCH_MODULE(HrDiscriminator);

}  // namespace hyperlips
