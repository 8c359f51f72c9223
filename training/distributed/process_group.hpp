// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <memory>

#include <ATen/core/Tensor.h>

#include "training/distributed/launch.hpp"

namespace hyperlips::training {

/// The processes (ranks) of a run and their collective operations. All ranks make the same calls in
/// the same order, with tensors of the same size; with one rank they have no effect. Tensors must
/// be contiguous; gloo transfers those in host memory, NCCL those on a GPU.
///
/// No call waits for a lost rank: if a rank was killed, left with an error, is frozen or
/// unreachable (for 20 seconds), the calls of the others throw an Error that says so. On a GPU,
/// where a waiting thread cannot be woken, the process prints that message and exits.
///
///     ProcessGroup group(launch_from_environment());
///     group.all_reduce(sum);
class ProcessGroup {
 public:
  struct Options {
    /// How long to wait for other ranks to start, and for the matching call of a live rank.
    std::chrono::milliseconds timeout = std::chrono::minutes(10);
    bool use_gpu = false;  ///< also connect the current CUDA device by NCCL
    /// A rank whose heartbeat stops for so long counts as lost.
    std::chrono::milliseconds silence = std::chrono::seconds(20);
  };

  /// A pending sum.
  class Pending {
   public:
    /// Returns when the tensor contains the sum; on a GPU, when the current stream waits for it.
    void wait();

   private:
    friend class ProcessGroup;
    struct State;
    std::shared_ptr<State> state_;
  };

  /// Connects to the other ranks; throws Error that names those that did not connect in time.
  explicit ProcessGroup(Launch launch, Options options);
  explicit ProcessGroup(Launch launch);
  /// Leaves the run without waiting for pending calls.
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup &) = delete;
  ProcessGroup &operator=(const ProcessGroup &) = delete;

  int rank() const { return launch_.rank; }
  int size() const { return launch_.size; }
  const Launch &launch() const { return launch_; }

  /// Replaces the tensor by its sum over all ranks.
  void all_reduce(at::Tensor &tensor);
  [[nodiscard]] Pending all_reduce_async(const at::Tensor &tensor);

  /// Replaces the tensor by that of rank `root`.
  void broadcast(at::Tensor &tensor, int root = 0);

  /// Returns when all ranks have called it.
  void barrier();

  /// Throws Error if another rank is lost, without waiting: for long work between calls.
  void check() const;

 private:
  struct Impl;
  Launch launch_;
  std::shared_ptr<Impl> impl_;  // null with one rank; shared with pending sums
};

}  // namespace hyperlips::training
