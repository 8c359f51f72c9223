// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/loss_option.hpp"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include "util/quote.hpp"

namespace hyperlips::training {

void add_loss_option(CLI::App &command, std::vector<std::pair<std::string, double *>> weights) {
  std::ostringstream names;
  for (const auto &[name, weight] : weights)
    names << (names.tellp() > 0 ? " " : "") << name << '=' << *weight;
  const auto set = [weights = std::move(weights)](const std::vector<std::string> &texts) {
    for (const std::string &text : texts) {
      const std::size_t equals = text.find('=');
      const auto found = std::ranges::find(weights, text.substr(0, equals),
                                           &std::pair<std::string, double *>::first);
      double weight = 0;
      if (equals == std::string::npos || found == weights.end() ||
          !CLI::detail::lexical_cast(text.substr(equals + 1), weight)) {
        throw CLI::ValidationError(
            "--loss", quote(text) + " is not NAME=WEIGHT with a NAME listed in --help");
      }
      *found->second = weight;
    }
  };
  command.add_option_function<std::vector<std::string>>(
      "--loss", set, "NAME=WEIGHT of losses; defaults: " + names.str());
}

}  // namespace hyperlips::training
