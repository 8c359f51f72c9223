// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include <torch/nn/module.h>

namespace hyperlips::training {

/// Stops the training of the parts of a network that a name or the names before a dot call:
/// "face_encoder", "hyper_control_net.audio_encoder", "up_conv.0". Their parameters get no
/// gradient, and use_mode() keeps their norms in evaluation mode. Throws Error{Settings} that names
/// a part that does not exist and lists those that do.
void freeze(torch::nn::Module &network, const std::vector<std::string> &parts);

/// Training or evaluation mode; in training mode, modules of which no parameter is trained stay in
/// evaluation mode, so that frozen norms keep their statistics.
void use_mode(torch::nn::Module &network, bool training);

/// While it lives, gradients pass through a network to its input but do not reach its parameters.
class GradientPause {
 public:
  explicit GradientPause(const torch::nn::Module &network);
  ~GradientPause();
  GradientPause(const GradientPause &) = delete;
  GradientPause &operator=(const GradientPause &) = delete;

 private:
  std::vector<torch::Tensor> paused_;
};

}  // namespace hyperlips::training
