// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/batch_norm.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/batch_norm_update_stats.h>
#include <ATen/ops/native_batch_norm_backward.h>

namespace hyperlips {
namespace {

SumOverProcesses &sum_over_processes() {
  static SumOverProcesses sum;
  return sum;
}

torch::Tensor per_channel(const torch::Tensor &values) { return values.view({1, -1, 1, 1}); }

struct Statistics {
  torch::Tensor mean, variance;  // (C), over the batches of all processes, at least fp32; biased
  torch::Tensor count;           // (1), fp64: values per channel
};

/// Takes a single sum over the processes. Each reduces its own batch without cancellation; double
/// precision compensates for that in the difference of squares.
Statistics global_statistics(const torch::Tensor &x) {
  const std::int64_t channels = x.size(1);
  // Running statistics, which momentum 0 does not change: they set the type of the results, which
  // would otherwise be rounded to the type of a bf16 x.
  const auto type = x.scalar_type() == torch::kDouble ? torch::kDouble : torch::kFloat;
  const torch::Tensor typed = torch::zeros({2, channels}, x.options().dtype(type));
  const auto [mean, variance] = at::batch_norm_update_stats(x, typed[0], typed[1], 0);
  const torch::Tensor own_mean = mean.to(torch::kDouble);
  torch::Tensor sums = torch::empty({2 * channels + 1}, own_mean.options());
  const auto count = static_cast<double>(x.numel() / channels);
  sums.slice(0, 0, channels).copy_(own_mean * count);
  sums.slice(0, channels, 2 * channels).copy_((variance + own_mean * own_mean) * count);
  sums[2 * channels] = count;
  sum_over_processes()(sums);
  const torch::Tensor total = sums.slice(0, 2 * channels);
  const torch::Tensor all_mean = sums.slice(0, 0, channels) / total;
  const torch::Tensor all_variance =
      (sums.slice(0, channels, 2 * channels) / total - all_mean * all_mean).clamp_min(0);
  return {all_mean.to(mean.scalar_type()), all_variance.to(mean.scalar_type()), total.clone()};
}

/// Batch norm with given statistics. Its gradient takes into account that they depend on the
/// batches of all processes.
class GlobalBatchNorm : public torch::autograd::Function<GlobalBatchNorm> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext *context, const torch::Tensor &x,
                               const torch::Tensor &weight, const torch::Tensor &bias,
                               const torch::Tensor &mean, const torch::Tensor &variance,
                               const torch::Tensor &count, double eps) {
    context->save_for_backward({x, weight, mean, variance, count});
    context->saved_data["eps"] = eps;
    return at::batch_norm(x, weight, bias, mean, variance, /*training=*/false, 0, eps,
                          at::globalContext().userEnabledCuDNN());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 const torch::autograd::variable_list &gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &x = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3];
    const double eps = context->saved_data["eps"].toDouble();
    const torch::Tensor gradient = gradients[0];
    const auto [unused, weight_gradient, bias_gradient] = at::native_batch_norm_backward(
        gradient, x, weight, mean, variance, {}, {}, /*train=*/false, eps, {false, true, true});

    torch::Tensor means = torch::stack({bias_gradient, weight_gradient}).to(torch::kDouble);
    sum_over_processes()(means);
    means = (means / saved[4]).to(mean.scalar_type());  // of dy and of dy * normalized x

    const torch::Tensor inverse = (variance + eps).rsqrt();
    const torch::Tensor scale = weight.defined() ? inverse * weight : inverse;
    const torch::Tensor slope = -scale * inverse * means[1];
    const torch::Tensor offset = -scale * means[0] - slope * mean;
    const torch::Tensor x_gradient = (gradient * per_channel(scale))
                                         .addcmul_(x, per_channel(slope))
                                         .add_(per_channel(offset))
                                         .to(x.scalar_type());
    return {x_gradient,
            weight.defined() ? weight_gradient : torch::Tensor(),
            weight.defined() ? bias_gradient : torch::Tensor(),
            {},
            {},
            {},
            {}};
  }
};

}  // namespace

void set_batch_norm_sum(SumOverProcesses sum) { sum_over_processes() = std::move(sum); }

torch::Tensor BatchNorm2dImpl::forward(const torch::Tensor &x) {
  if (is_training() && sum_over_processes()) return forward_over_processes(x);
  return BatchNormImplBase::forward(x);
}

torch::Tensor BatchNorm2dImpl::forward_over_processes(const torch::Tensor &x) {
  _check_input_dim(x);
  const Statistics all = [&] {
    const torch::NoGradGuard no_grad;
    Statistics statistics = global_statistics(x.detach());
    if (options.track_running_stats()) {
      num_batches_tracked += 1;
      const double momentum =
          options.momentum() ? *options.momentum() : 1.0 / num_batches_tracked.item<double>();
      const torch::Tensor unbiased =
          statistics.variance * (statistics.count / (statistics.count - 1).clamp_min(1));
      running_mean.lerp_(statistics.mean.to(running_mean.scalar_type()), momentum);
      running_var.lerp_(unbiased.to(running_var.scalar_type()), momentum);
    }
    return statistics;
  }();
  return GlobalBatchNorm::apply(x, weight, bias, all.mean, all.variance, all.count, options.eps());
}

void BatchNorm2dImpl::_check_input_dim(const torch::Tensor &input) {
  TORCH_CHECK(input.dim() == 4, "expected 4D input (got ", input.dim(), "D input)");
}

}  // namespace hyperlips
