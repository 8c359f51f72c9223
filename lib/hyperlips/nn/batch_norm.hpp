// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

#include <torch/nn/modules/batchnorm.h>

namespace hyperlips {

/// Adds a tensor over all processes of a run, in place. Every process calls it equally often, in
/// the same order and with tensors of the same size.
using SumOverProcesses = std::function<void(torch::Tensor &tensor)>;

/// From now on each BatchNorm2d in training mode takes its statistics over the batches of all
/// processes; an empty function ends that. Not to be called while a network runs.
void set_batch_norm_sum(SumOverProcesses sum);

/// torch::nn::BatchNorm2d, with the same names, initialization and numbers while no
/// set_batch_norm_sum() is in force. With it, in training mode, forward and backward give each
/// process its part of what one process would compute on all batches in one; the gradients of
/// weight and bias are those of the own batch, to be added over the processes like every other.
class BatchNorm2dImpl : public torch::nn::BatchNormImplBase<2, BatchNorm2dImpl> {
 public:
  using BatchNormImplBase<2, BatchNorm2dImpl>::BatchNormImplBase;

  /// x: (B, C, H, W), floating; B may differ between processes but not be 0.
  torch::Tensor forward(const torch::Tensor &x);

 protected:
  void _check_input_dim(const torch::Tensor &input) override;

 private:
  torch::Tensor forward_over_processes(const torch::Tensor &x);
};
TORCH_MODULE(BatchNorm2d);

}  // namespace hyperlips
