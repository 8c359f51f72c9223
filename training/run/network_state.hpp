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

/// The names of a network's state dict in PyTorch's order: module by module, parameters before
/// buffers. The state of a published optimizer is indexed by it.
std::vector<std::string> state_dict_order(const torch::nn::Module &network);

/// Stores a network and its Adam in a checkpoint: "NAME.*", "optimizer.NAME.*" and info, which has
/// the settings of the first parameter group. The tensors share the network's memory: write them
/// before the next step.
void store_network(TrainingCheckpoint &checkpoint, const std::string &name,
                   const torch::nn::Module &network, const torch::optim::Adam *adam = nullptr);

/// The reverse, bit by bit if the types are equal. Adam keeps its own settings, not those of the
/// file. Parameters without moments in the file start with new ones. Throws Error{Format} that
/// names `path` for a tensor that is missing, unexpected or of another shape; network and Adam are
/// then unchanged.
void restore_network(const TrainingCheckpoint &checkpoint, const std::filesystem::path &path,
                     const std::string &name, torch::nn::Module &network,
                     torch::optim::Adam *adam = nullptr);

}  // namespace hyperlips::training
