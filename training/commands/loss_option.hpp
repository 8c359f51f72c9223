// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace hyperlips::training {

/// Adds --loss NAME=WEIGHT ..., which sets these weights; --help lists them with their current
/// values. The weights must outlive the command.
void add_loss_option(CLI::App &command, std::vector<std::pair<std::string, double *>> weights);

}  // namespace hyperlips::training
