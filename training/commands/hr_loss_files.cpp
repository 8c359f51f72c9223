// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/hr_loss_files.hpp"

#include <CLI/CLI.hpp>

namespace hyperlips::training {

void add_hr_loss_files(CLI::App &command, HrLossFiles &files) {
  command.add_option("--vgg19", files.vgg19,
                     "torchvision's vgg19 weights (.pth), for the HR network's perceptual loss");
  command.add_option("--vgg16", files.vgg16,
                     "torchvision's vgg16 weights (.pth), for the HR network's lip LPIPS loss");
  command.add_option("--lpips", files.lpips,
                     "the lpips package's vgg.pth, for the HR network's lip LPIPS loss");
}

void read_hr_loss_files(const HrLossFiles &files, HrStageOptions &stage) {
  if (!files.vgg19.empty()) stage.vgg19 = read_checkpoint(files.vgg19);
  if (!files.vgg16.empty()) stage.vgg16 = read_checkpoint(files.vgg16);
  if (!files.lpips.empty()) stage.lpips = read_checkpoint(files.lpips);
}

}  // namespace hyperlips::training
