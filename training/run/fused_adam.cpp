// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/fused_adam.hpp"

#include <map>
#include <memory>
#include <vector>

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>

namespace hyperlips::training {
namespace {

using torch::optim::AdamParamState;

/// Tensors with the same step count, parameter by parameter.
struct Group {
  std::vector<at::Tensor> values, gradients, means, squares, steps;
};

/// The kernel ignores strides: all tensors of a parameter must have the same memory layout.
at::Tensor laid_out_as(const at::Tensor &parameter, const at::Tensor &tensor) {
  if (tensor.strides() == parameter.strides()) return tensor;
  return at::empty_like(parameter, at::MemoryFormat::Preserve).copy_(tensor);
}

}  // namespace

torch::Tensor FusedAdam::step(LossClosure closure) {
  const at::NoGradGuard no_grad;
  at::Tensor loss;
  if (closure) {
    const at::AutoGradMode with_gradients(true);
    loss = closure();
  }
  for (auto &group : param_groups()) {
    const auto &options = static_cast<torch::optim::AdamOptions &>(group.options());
    TORCH_CHECK(!options.amsgrad(), "FusedAdam has no AMSGrad variant");
    std::map<std::int64_t, Group> by_step;
    for (const at::Tensor &parameter : group.params()) {
      if (!parameter.grad().defined()) continue;
      auto &stored = state()[parameter.unsafeGetTensorImpl()];
      if (!stored) {
        auto fresh = std::make_unique<AdamParamState>();
        fresh->exp_avg(at::zeros_like(parameter, at::MemoryFormat::Preserve));
        fresh->exp_avg_sq(at::zeros_like(parameter, at::MemoryFormat::Preserve));
        stored = std::move(fresh);
      }
      auto &adam = static_cast<AdamParamState &>(*stored);
      adam.step(adam.step() + 1);
      adam.exp_avg(laid_out_as(parameter, adam.exp_avg()));
      adam.exp_avg_sq(laid_out_as(parameter, adam.exp_avg_sq()));
      Group &together = by_step[adam.step()];
      together.values.push_back(parameter);
      together.gradients.push_back(laid_out_as(parameter, parameter.grad()));
      together.means.push_back(adam.exp_avg());
      together.squares.push_back(adam.exp_avg_sq());
    }
    for (auto &[step, together] : by_step) {
      const at::Tensor &first = together.values.front();
      const at::Tensor count =
          at::full({}, double(step), first.options().dtype(at::kFloat).requires_grad(false));
      together.steps.assign(together.values.size(), count);
      const auto [beta1, beta2] = options.betas();
      at::_fused_adam_(together.values, together.gradients, together.means, together.squares, {},
                       together.steps, options.lr(), beta1, beta2, options.weight_decay(),
                       options.eps(), /*amsgrad=*/false, /*maximize=*/false);
    }
  }
  return loss;
}

}  // namespace hyperlips::training
