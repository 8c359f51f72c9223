// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "training/stages/hr_stage.hpp"

namespace CLI {
class App;
}

namespace hyperlips::training {

/// Files of the networks that judge pictures for the HR stage; empty: that loss is off.
struct HrLossFiles {
  std::string vgg19, vgg16, lpips;
};

/// Adds them to a sub-command as --vgg19, --vgg16, --lpips.
void add_hr_loss_files(CLI::App &command, HrLossFiles &files);

/// Reads those that are given. Throws what read_checkpoint throws.
void read_hr_loss_files(const HrLossFiles &files, HrStageOptions &stage);

}  // namespace hyperlips::training
