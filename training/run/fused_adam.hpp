// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/optim/adam.h>

namespace hyperlips::training {

/// torch::optim::Adam (Kingma and Ba, 2015) by LibTorch's fused kernel, which reads and writes each
/// number once per step instead of once per term of the formula. State, options and checkpoints are
/// those of Adam.
class FusedAdam : public torch::optim::Adam {
 public:
  using torch::optim::Adam::Adam;
  torch::Tensor step(LossClosure closure = nullptr) override;
};

}  // namespace hyperlips::training
