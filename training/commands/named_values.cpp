// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/named_values.hpp"

#include <vector>

#include <CLI/CLI.hpp>

#include "util/quote.hpp"

namespace hyperlips::training {

void add_named_values(CLI::App &command, const std::string &option, const std::string &description,
                      std::function<bool(const std::string &name, double value)> set) {
  const auto read = [option, set = std::move(set)](const std::vector<std::string> &texts) {
    for (const std::string &text : texts) {
      const std::size_t equals = text.find('=');
      double value = 0;
      if (equals == std::string::npos ||
          !CLI::detail::lexical_cast(text.substr(equals + 1), value) ||
          !set(text.substr(0, equals), value)) {
        throw CLI::ValidationError(option,
                                   quote(text) + " is not NAME=NUMBER as described in --help");
      }
    }
  };
  command.add_option_function<std::vector<std::string>>(option, read, description);
}

}  // namespace hyperlips::training
