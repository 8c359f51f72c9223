// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "training/stages/hr_stage.hpp"

namespace CLI {
class App;
}

namespace hyperlips::training {

/// Weights of the networks of the HR stage's perceptual losses; empty: that loss is off.
struct HrLossFiles {
  std::string vgg19, vgg16, lpips;
};

/// Adds the options --vgg19, --vgg16 and --lpips to a subcommand.
void add_hr_loss_files(CLI::App &command, HrLossFiles &files);

/// Reads the given files. Throws as read_checkpoint().
void read_hr_loss_files(const HrLossFiles &files, HrStageOptions &stage);

}  // namespace hyperlips::training
