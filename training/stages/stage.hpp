// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>
#include <torch/nn/module.h>

#include "training/data/dataset.hpp"

namespace hyperlips::training {

/// Values of one step by name, in the order in which they are shown; "total" among them.
using Losses = std::vector<std::pair<std::string, double>>;

/// One of the networks that a stage trains, with its own Adam.
struct Trained {
  std::string name;          ///< "model", "disc"
  std::string architecture;  ///< as in the registry: "HyperLipsBase", ...
  std::shared_ptr<torch::nn::Module> network;
  double learning_rate = 1e-4;
  std::pair<double, double> betas{0.5, 0.999};
};

/// What is trained and against what: sync expert, base, HR. It owns networks and losses; the
/// trainer owns data, optimizers, checkpoints and the loop.
class Stage {
 public:
  virtual ~Stage() = default;

  /// The networks that are trained; the first is the one that is exported. Always the same order.
  virtual std::vector<Trained> trained() = 0;

  /// Forward and backward of one batch (on the stage's device): adds `weight` times the gradients
  /// of each trained network's own loss to its parameters, and to nothing else.
  virtual Losses accumulate(const Batch &batch, double weight) = 0;

  /// The losses of a batch in evaluation mode, without gradients.
  virtual Losses validate(const Batch &batch) = 0;

  /// A picture (CV_8UC3) of up to `rows` examples: for instance reference, input, output, truth.
  virtual cv::Mat collage(const Batch &batch, int rows) = 0;

  /// What the log should say once: terms that are off because a file for them was not given.
  virtual std::vector<std::string> notes() const { return {}; }
};

}  // namespace hyperlips::training
