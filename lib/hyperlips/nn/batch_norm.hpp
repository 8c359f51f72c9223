// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

#include <torch/nn/modules/batchnorm.h>

namespace hyperlips {

/// Sums a tensor over all processes of a run, in place. All processes call it the same number of
/// times, in the same order and with tensors of the same size.
using SumOverProcesses = std::function<void(torch::Tensor &tensor)>;

/// Makes each BatchNorm2d in training mode compute its statistics over the batches of all
/// processes; an empty function restores the default. Must not be called while a network runs.
void set_batch_norm_sum(SumOverProcesses sum);

/// torch::nn::BatchNorm2d, with the same names, initialization and results unless
/// set_batch_norm_sum() is active. If it is, in training mode, forward and backward compute for
/// each process its part of the result of one process with all batches concatenated (synchronized
/// batch norm); the gradients of weight and bias are those of the process's own batch and must be
/// summed over the processes like all others.
class BatchNorm2dImpl : public torch::nn::BatchNormImplBase<2, BatchNorm2dImpl> {
 public:
  using BatchNormImplBase<2, BatchNorm2dImpl>::BatchNormImplBase;

  /// x: (B, C, H, W), floating point; B may differ between processes but must not be 0. Returns the
  /// shape of x.
  torch::Tensor forward(const torch::Tensor &x);

 protected:
  void _check_input_dim(const torch::Tensor &input) override;

 private:
  torch::Tensor forward_over_processes(const torch::Tensor &x);
};
TORCH_MODULE(BatchNorm2d);

}  // namespace hyperlips
