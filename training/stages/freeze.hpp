// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include <torch/nn/module.h>

namespace hyperlips::training {

/// Freezes parts of a network, given by the names of modules: "face_encoder",
/// "hyper_control_net.audio_encoder", "up_conv.0". Their parameters get no gradient, and use_mode()
/// keeps their norms in evaluation mode. Throws Error{Settings} that names an unknown part and
/// lists the known ones.
void freeze(torch::nn::Module &network, const std::vector<std::string> &parts);

/// Sets training or evaluation mode; in training mode, modules without a trained parameter stay in
/// evaluation mode, so that frozen norms keep their statistics.
void use_mode(torch::nn::Module &network, bool training);

/// While it exists, gradients pass through a network to its input, but not to its parameters.
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
