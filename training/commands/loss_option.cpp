// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/loss_option.hpp"

#include <algorithm>
#include <sstream>

#include "training/commands/named_values.hpp"

namespace hyperlips::training {

void add_loss_option(CLI::App &command, std::vector<std::pair<std::string, double *>> weights) {
  std::ostringstream names;
  for (const auto &[name, weight] : weights)
    names << (names.tellp() > 0 ? " " : "") << name << '=' << *weight;
  add_named_values(command, "--loss", "NAME=WEIGHT of losses; defaults: " + names.str(),
                   [weights = std::move(weights)](const std::string &name, double weight) {
                     const auto found =
                         std::ranges::find(weights, name, &std::pair<std::string, double *>::first);
                     if (found == weights.end()) return false;
                     *found->second = weight;
                     return true;
                   });
}

}  // namespace hyperlips::training
