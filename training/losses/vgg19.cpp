// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/vgg19.hpp"

#include <array>

#include <torch/utils.h>

namespace hyperlips::training {
namespace {

constexpr std::array<int, 1> kLastLayer{34};

}  // namespace

Vgg19Loss::Vgg19Loss(const TensorFile &file, const torch::Device &device)
    : features_(file, VggDepth::Vgg19, kLastLayer[0], device) {}

torch::Tensor Vgg19Loss::operator()(const torch::Tensor &truth,
                                    const torch::Tensor &generated) const {
  torch::Tensor expected;
  {
    const torch::NoGradGuard no_grad;
    expected = features_.forward(truth, kLastLayer)[0].to(torch::kFloat32);
  }
  return torch::l1_loss(features_.forward(generated, kLastLayer)[0].to(torch::kFloat32), expected);
}

}  // namespace hyperlips::training
