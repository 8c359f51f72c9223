// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "training/distributed/process_group.hpp"

namespace torch::nn {
class Module;
}

namespace hyperlips::training {

/// Averages gradients over the processes of a run while the backward pass still computes others: as
/// in PyTorch DDP (arXiv 2006.15704), parameters are put into buckets from the last to the first,
/// and a bucket is sent as soon as all its gradients are there.
///
/// A parameter without a gradient counts as one with zeros; one that has none in any process stays
/// without. Gradients may be accumulated in several backward passes: those before begin() are only
/// added up, those after it are sent. Processes need not reach the same parameters.
class GradientReducer {
 public:
  static constexpr std::int64_t default_bucket_bytes = 25 << 20;

  /// `parameters`, those of all networks in the same order in every process, on their final device;
  /// those that need no gradient are left out. `group` must outlive the reducer.
  GradientReducer(ProcessGroup &group, const std::vector<at::Tensor> &parameters,
                  std::int64_t bucket_bytes = default_bucket_bytes);
  ~GradientReducer();
  GradientReducer(const GradientReducer &) = delete;
  GradientReducer &operator=(const GradientReducer &) = delete;

  /// To be called before the backward passes of a step's last micro-batch.
  void begin();

  /// To be called after them; then every gradient is the average over the processes.
  void finish();

  /// How many buckets were sent before finish() in the last step, for tests and benchmarks.
  int overlapped_buckets() const;
  int buckets() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // null when alone; shared with the autograd hooks
};

/// Gives parameters and buffers of all processes the values of rank 0's.
void broadcast_state(ProcessGroup &group, const torch::nn::Module &network);

}  // namespace hyperlips::training
