// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <ATen/core/Tensor.h>

#include "training/run/training_checkpoint.hpp"

namespace torch::nn {
class Module;
}

namespace hyperlips::training {

/// The exponential moving average of a network's weights and running statistics, in float32 on the
/// network's device: average = d * average + (1 - d) * network with d = min(decay, (1 + n) / (10 +
/// n)) at update n = 1, 2, ..., so that the random start soon has no effect. Integers are copied.
class MovingAverage {
 public:
  /// Starts with the network's own state. decay: 0 <= decay < 1, else Error{Settings}.
  MovingAverage(const torch::nn::Module &network, double decay);

  void update(const torch::nn::Module &network);

  std::int64_t updates() const { return updates_; }
  /// By state-dict name.
  const std::map<std::string, at::Tensor> &tensors() const { return tensors_; }

  /// Swaps the network's state and the average, before and after an evaluation. Exact if the
  /// network is float32.
  void swap(torch::nn::Module &network);

  /// "ema.NAME" and "ema_updates" (i64 scalar) of a checkpoint; the tensors are shared.
  void store(TrainingCheckpoint &checkpoint) const;
  /// False, changing nothing, if the checkpoint has no average. Throws Error{Format} that names
  /// `path` for the average of another network.
  bool restore(const TrainingCheckpoint &checkpoint, const std::filesystem::path &path);

 private:
  double decay_;
  std::int64_t updates_ = 0;
  std::map<std::string, at::Tensor> tensors_;
};

/// While it exists, the network has the average as its state.
class AveragedWeights {
 public:
  AveragedWeights(MovingAverage &average, torch::nn::Module &network)
      : average_(average), network_(network) {
    average_.swap(network_);
  }
  ~AveragedWeights() { average_.swap(network_); }
  AveragedWeights(const AveragedWeights &) = delete;
  AveragedWeights &operator=(const AveragedWeights &) = delete;

 private:
  MovingAverage &average_;
  torch::nn::Module &network_;
};

}  // namespace hyperlips::training
