// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace hyperlips::training {

/// Adds an option with the values NAME=NUMBER .... `set` is called with each; false: the name is
/// unknown, which is reported as a number that cannot be read is.
void add_named_values(CLI::App &command, const std::string &option, const std::string &description,
                      std::function<bool(const std::string &name, double value)> set);

}  // namespace hyperlips::training
