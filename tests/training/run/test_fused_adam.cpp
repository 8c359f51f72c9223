// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <torch/optim/adam.h>
#include <torch/types.h>

#include "training/run/fused_adam.hpp"

namespace hyperlips::training {
namespace {

std::vector<torch::Tensor> parameters() {
  torch::manual_seed(1);
  return {torch::randn({8, 6, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast).requires_grad_(),
          torch::randn({5, 4, 3, 3}).requires_grad_(), torch::randn({7}).requires_grad_()};
}

TEST(FusedAdam, EqualsAdamForAllLayouts) {
  const auto options = torch::optim::AdamOptions(1e-2).betas({0.5, 0.999});
  std::vector<torch::Tensor> fused = parameters(), plain = parameters();
  FusedAdam ours(fused, options);
  torch::optim::Adam theirs(plain, options);
  for (int step = 0; step < 5; ++step) {
    for (std::size_t i = 0; i < fused.size(); ++i) {
      // The last one has no gradient at first, so that its step count differs.
      if (i == 2 && step < 2) continue;
      torch::Tensor gradient = torch::randn(fused[i].sizes());
      plain[i].mutable_grad() = gradient.clone();
      // A gradient in another layout than its parameter's, as a sum over processes leaves it.
      fused[i].mutable_grad() =
          i == 1 ? gradient.contiguous(torch::MemoryFormat::ChannelsLast) : gradient.clone();
    }
    ours.step();
    theirs.step();
  }
  for (std::size_t i = 0; i < fused.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_LT((fused[i] - plain[i]).abs().max().item<double>(), 1e-6);
    const auto state = [&](torch::optim::Optimizer &adam, const torch::Tensor &parameter) {
      return static_cast<torch::optim::AdamParamState &>(
          *adam.state().at(parameter.unsafeGetTensorImpl()));
    };
    const auto our = state(ours, fused[i]), their = state(theirs, plain[i]);
    EXPECT_EQ(our.step(), their.step());
    EXPECT_LT((our.exp_avg() - their.exp_avg()).abs().max().item<double>(), 1e-6);
    EXPECT_LT((our.exp_avg_sq() - their.exp_avg_sq()).abs().max().item<double>(), 1e-6);
  }
}

}  // namespace
}  // namespace hyperlips::training
