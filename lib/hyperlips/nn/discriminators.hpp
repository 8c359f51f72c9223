// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/container/sequential.h>

namespace hyperlips {

/// HyperCtrolDiscriminator: classifies the lower half of each face in base training.
class BaseDiscriminatorImpl : public torch::nn::Module {
 public:
  BaseDiscriminatorImpl();

  /// faces: (B, 3, T, 128, 128), 0 ... 1. Returns the probability that each is real, (T B, 1),
  /// ordered by frame.
  torch::Tensor forward(const torch::Tensor &faces);

  /// The adversarial loss of the generator, a scalar: binary cross-entropy of forward() with the
  /// target 1 (real).
  torch::Tensor perceptual_loss(const torch::Tensor &generated);

 private:
  torch::nn::ModuleList face_encoder_blocks_;
  torch::nn::Sequential binary_pred_{nullptr};
};
TORCH_MODULE(BaseDiscriminator);

/// HRDecoder_disc_qual: classifies whole faces of any size in HR training.
class HrDiscriminatorImpl : public torch::nn::Module {
 public:
  HrDiscriminatorImpl();

  /// faces: (B, 3, H, W), 0 ... 1. Returns the probability that each is real, (B, 1).
  torch::Tensor forward(const torch::Tensor &faces);

 private:
  torch::nn::ModuleList face_encoder_blocks_;
  torch::nn::Sequential binary_pred_{nullptr};
};
TORCH_MODULE(HrDiscriminator);

}  // namespace hyperlips
