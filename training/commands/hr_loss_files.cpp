// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/hr_loss_files.hpp"

#include <CLI/CLI.hpp>

namespace hyperlips::training {

void add_hr_loss_files(CLI::App &command, HrLossFiles &files) {
  command.add_option(
      "--vgg19", files.vgg19,
      "VGG-19 weights of torchvision (.pth), for the perceptual loss of the HR network");
  command.add_option(
      "--vgg16", files.vgg16,
      "VGG-16 weights of torchvision (.pth), for the lip LPIPS loss of the HR network");
  command.add_option("--lpips", files.lpips,
                     "vgg.pth of the lpips package, for the lip LPIPS loss of the HR network");
}

void read_hr_loss_files(const HrLossFiles &files, HrStageOptions &stage) {
  if (!files.vgg19.empty()) stage.vgg19 = read_checkpoint(files.vgg19);
  if (!files.vgg16.empty()) stage.vgg16 = read_checkpoint(files.vgg16);
  if (!files.lpips.empty()) stage.lpips = read_checkpoint(files.lpips);
}

}  // namespace hyperlips::training
