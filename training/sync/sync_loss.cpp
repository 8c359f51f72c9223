// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/sync/sync_loss.hpp"

#include <ATen/Functions.h>

namespace hyperlips::training {

torch::Tensor sync_similarity(const torch::Tensor &audio, const torch::Tensor &face) {
  constexpr double kMargin = 1e-6;
  return torch::cosine_similarity(audio, face).clamp(kMargin, 1 - kMargin);
}

torch::Tensor sync_loss(const torch::Tensor &similarity, const torch::Tensor &labels) {
  return torch::binary_cross_entropy(similarity, labels);
}

}  // namespace hyperlips::training
