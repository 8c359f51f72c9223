// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <torch/nn/module.h>

#include "training/data/dataset.hpp"
#include "training/stages/part_rates.hpp"

namespace hyperlips::training {

/// Losses of one step by name, "total" among them, in display order.
using Losses = std::vector<std::pair<std::string, double>>;

/// A network that a stage trains, with its own Adam.
struct Trained {
  std::string name;          ///< "model", "disc"
  std::string architecture;  ///< as in the registry: "HyperLipsBase", ...
  std::shared_ptr<torch::nn::Module> network;
  double learning_rate = 1e-4;
  std::pair<double, double> betas{0.5, 0.999};
  std::vector<PartRate> rates;  ///< of parts whose learning rate differs
};

/// A training stage (sync expert, base, HR): networks and losses. The trainer owns data,
/// optimizers, checkpoints and the loop.
class Stage {
 public:
  virtual ~Stage() = default;

  /// The trained networks, always in the same order; the first is the one that is exported.
  virtual std::vector<Trained> trained() = 0;

  /// Forward and backward pass of one batch: adds `weight` times the gradient of each trained
  /// network's own loss to the gradients of its parameters, and to no others.
  virtual Losses accumulate(const Batch &batch, double weight) = 0;

  /// The losses of a batch in evaluation mode, without gradients, and measures that have no weight.
  virtual Losses validate(const Batch &batch) = 0;

  /// Called after each validation with the means of its losses.
  virtual void validated(const Losses & /*means*/) {}

  /// What a resumed run needs besides the networks, stored in checkpoints.
  virtual nlohmann::json state() const { return nlohmann::json::object(); }
  /// Takes the state of a checkpoint; entries that it lacks keep their values.
  virtual void restore(const nlohmann::json & /*state*/) {}

  /// A picture (CV_8UC3) of up to `rows` examples: for instance reference, input, output, truth.
  virtual cv::Mat sample_grid(const Batch &batch, int rows) = 0;

  /// Messages for the log: losses that are off because a file is not given.
  virtual std::vector<std::string> notes() const { return {}; }
};

}  // namespace hyperlips::training
