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

/// Averages gradients over all ranks while the backward pass is still running: as in PyTorch DDP
/// (arXiv 2006.15704), parameters are grouped into buckets from the last to the first, and a bucket
/// is sent as soon as all its gradients are complete.
///
/// A missing gradient counts as zeros; if it is missing on all ranks, it stays missing. Gradients
/// may be accumulated in several backward passes: those before begin() are only summed, those after
/// it are also sent. Ranks need not have gradients of the same parameters.
class GradientReducer {
 public:
  static constexpr std::int64_t kDefaultBucketBytes = 25 << 20;

  /// `parameters` of all networks, in the same order on all ranks, on their final device; those
  /// that require no gradient are skipped. `group` must outlive the reducer.
  GradientReducer(ProcessGroup &group, const std::vector<at::Tensor> &parameters,
                  std::int64_t bucket_bytes = kDefaultBucketBytes);
  ~GradientReducer();
  GradientReducer(const GradientReducer &) = delete;
  GradientReducer &operator=(const GradientReducer &) = delete;

  /// To be called before the backward passes of the last micro-batch of a step.
  void begin();

  /// To be called after them; then every gradient is the average over all ranks.
  void finish();

  /// Number of buckets sent before finish() in the last step, for tests and benchmarks.
  int overlapped_buckets() const;
  int buckets() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // null with one rank; shared with the autograd hooks
};

/// Sets parameters and buffers on all ranks to the values of rank 0.
void broadcast_state(ProcessGroup &group, const torch::nn::Module &network);

}  // namespace hyperlips::training
