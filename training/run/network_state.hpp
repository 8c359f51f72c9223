// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "training/run/training_checkpoint.hpp"

namespace torch::nn {
class Module;
}
namespace torch::optim {
class Adam;
}

namespace hyperlips::training {

/// The names of a network's state dict in PyTorch's order: module by module, in each parameters
/// before buffers. A published optimizer's state goes by it.
std::vector<std::string> state_dict_order(const torch::nn::Module &network);

/// Puts a network and its Adam (one parameter group) into a checkpoint: "NAME.*",
/// "optimizer.NAME.*" and info. The tensors share the network's memory: write them before the next
/// step.
void store_network(TrainingCheckpoint &checkpoint, const std::string &name,
                   const torch::nn::Module &network, const torch::optim::Adam *adam = nullptr);

/// The reverse, bit by bit where types agree. Adam's settings are left as they are: those of the
/// run hold, not those of the file. A parameter without moments starts its Adam anew, as all do
/// after `adam` was not saved. Throws Error{Format} with `path` in the message for a tensor that is
/// missing, unexpected or of another shape; network and Adam are then as they were.
void restore_network(const TrainingCheckpoint &checkpoint, const std::filesystem::path &path,
                     const std::string &name, torch::nn::Module &network,
                     torch::optim::Adam *adam = nullptr);

}  // namespace hyperlips::training
