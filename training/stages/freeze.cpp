// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/freeze.hpp"

#include <algorithm>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

bool belongs_to(const std::string &name, const std::string &part) {
  return name == part || (name.starts_with(part) && name[part.size()] == '.');
}

std::string parts_of(const torch::nn::Module &network) {
  std::string text;
  for (const auto &child : network.named_children()) {
    text += (text.empty() ? "" : ", ") + child.key();
  }
  return text;
}

}  // namespace

void freeze(torch::nn::Module &network, const std::vector<std::string> &parts) {
  const auto parameters = network.named_parameters();
  for (const std::string &part : parts) {
    bool found = false;
    for (const auto &item : parameters) {
      if (part.empty() || !belongs_to(item.key(), part)) continue;
      torch::Tensor(item.value()).requires_grad_(false);
      found = true;
    }
    if (!found) {
      throw Error(ErrorKind::Settings, "The network has no part " + quote(part) +
                                           " to freeze; expected one of " + parts_of(network) +
                                           ", or a part of one of them, such as PART.0.");
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
