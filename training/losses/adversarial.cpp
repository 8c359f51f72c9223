// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/adversarial.hpp"

namespace hyperlips::training {

torch::Tensor real_loss(const torch::Tensor &probabilities) {
  return torch::binary_cross_entropy(probabilities, torch::ones_like(probabilities));
}

torch::Tensor fake_loss(const torch::Tensor &probabilities) {
  return torch::binary_cross_entropy(probabilities, torch::zeros_like(probabilities));
}

torch::Tensor relativistic_loss(const torch::Tensor &preferred, const torch::Tensor &other) {
  const torch::Tensor lead = preferred - other.mean(), lag = other - preferred.mean();
  return (torch::binary_cross_entropy_with_logits(lead, torch::ones_like(lead)) +
          torch::binary_cross_entropy_with_logits(lag, torch::zeros_like(lag))) /
         2;
}

}  // namespace hyperlips::training
