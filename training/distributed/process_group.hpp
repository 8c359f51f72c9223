// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <memory>

#include <ATen/core/Tensor.h>

#include "training/distributed/launch.hpp"

namespace hyperlips::training {

/// The processes of a run and what they do together. Every process makes the same calls in the same
/// order, with tensors of the same size; a process that is alone makes them without effect. Tensors
/// are contiguous; those in host memory go through gloo, those on a GPU through NCCL.
///
/// No call waits for a process that has ended: a killed one, one that left with an error, a frozen
/// or unreachable one (after 20 seconds) all end the others' calls with an Error that says so. On a
/// GPU, where a waiting thread cannot be woken, the process then prints that sentence and exits.
class ProcessGroup {
 public:
  struct Options {
    /// How long to wait for the others to start, and for one that lives but makes no matching call.
    std::chrono::milliseconds timeout = std::chrono::minutes(10);
    bool use_gpu = false;  ///< also connect the current CUDA device by NCCL
    /// A process that is silent for so long counts as gone.
    std::chrono::milliseconds silence = std::chrono::seconds(20);
  };

  /// A sum that is under way.
  class Pending {
   public:
    /// Returns when the tensor holds the sum (on a GPU: when the current stream waits for it).
    void wait();

   private:
    friend class ProcessGroup;
    struct State;
    std::shared_ptr<State> state_;
  };

  /// Meets the other processes; throws Error naming those that did not come in time.
  explicit ProcessGroup(Launch launch, Options options);
  explicit ProcessGroup(Launch launch);
  /// Leaves the run, without waiting for calls that never ended.
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup &) = delete;
  ProcessGroup &operator=(const ProcessGroup &) = delete;

  int rank() const { return launch_.rank; }
  int size() const { return launch_.size; }
  const Launch &launch() const { return launch_; }

  /// Replaces the tensor by its sum over all processes.
  void all_reduce(at::Tensor &tensor);
  [[nodiscard]] Pending all_reduce_async(const at::Tensor &tensor);

  /// Replaces the tensor by that of the process `root`.
  void broadcast(at::Tensor &tensor, int root = 0);

  /// Returns when every process has called it.
  void barrier();

  /// Throws Error when another process is gone, without waiting: for long work between calls.
  void check() const;

 private:
  struct Impl;
  Launch launch_;
  std::shared_ptr<Impl> impl_;  // null when alone; shared with sums under way
};

}  // namespace hyperlips::training
