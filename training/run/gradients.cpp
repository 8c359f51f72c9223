// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/gradients.hpp"

#include <cmath>
#include <vector>

#include <torch/types.h>

namespace hyperlips::training {
namespace {

std::vector<torch::Tensor> gradients(std::span<const at::Tensor> parameters) {
  std::vector<torch::Tensor> result;
  for (const auto &parameter : parameters) {
    if (parameter.grad().defined()) result.push_back(parameter.grad());
  }
  return result;
}

}  // namespace

double gradient_norm(std::span<const at::Tensor> parameters) {
  const torch::NoGradGuard no_grad;
  const auto all = gradients(parameters);
  if (all.empty()) return 0;
  // One value per tensor, then their norm: the host waits for the device once.
  return torch::stack(torch::_foreach_norm(all)).to(torch::kFloat64).norm().item<double>();
}

void clip_gradients(std::span<const at::Tensor> parameters, double norm, double limit) {
  if (!std::isfinite(norm) || norm <= limit) return;
  constexpr double kEpsilon = 1e-6;
  const torch::NoGradGuard no_grad;
  torch::_foreach_mul_(gradients(parameters), limit / (norm + kEpsilon));
}

}  // namespace hyperlips::training
