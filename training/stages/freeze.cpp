// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/freeze.hpp"

#include <algorithm>

#include "training/stages/part_rates.hpp"

namespace hyperlips::training {

void freeze(torch::nn::Module &network, const std::vector<std::string> &parts) {
  for (const std::string &part : parts) {
    check_part(network, part);
    for (const auto &item : network.named_parameters()) {
      if (belongs_to(item.key(), part)) torch::Tensor(item.value()).requires_grad_(false);
    }
  }
}

void use_mode(torch::nn::Module &network, bool training) {
  network.train(training);
  if (!training) return;
  for (const auto &module : network.modules()) {
    const std::vector<torch::Tensor> parameters = module->parameters();
    const bool trained = std::any_of(parameters.begin(), parameters.end(),
                                     [](const torch::Tensor &p) { return p.requires_grad(); });
    if (!parameters.empty() && !trained) module->eval();
  }
}

GradientPause::GradientPause(const torch::nn::Module &network) {
  for (torch::Tensor &parameter : network.parameters()) {
    if (!parameter.requires_grad()) continue;
    parameter.requires_grad_(false);
    paused_.push_back(parameter);
  }
}

GradientPause::~GradientPause() {
  for (torch::Tensor &parameter : paused_) parameter.requires_grad_(true);
}

}  // namespace hyperlips::training
