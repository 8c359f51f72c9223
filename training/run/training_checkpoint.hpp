// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>
#include <torch/types.h>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::training {

/// The metadata of a training checkpoint.
struct CheckpointState {
  std::string stage;      ///< "sync", "base", "hr", "adapt"
  std::int64_t step = 0;  ///< optimizer steps done
  std::int64_t epoch = 0;
  /// Effective configuration, counters, the best validation loss; "state_dict_order"/NETWORK:
  /// [NAME] in PyTorch's order, "optimizer"/NETWORK: {learning_rate, betas, epsilon, weight_decay}
  /// of Adam.
  nlohmann::json info = nlohmann::json::object();
  /// Further metadata of the file, as of exported weights: Conventions, for example.
  std::map<std::string, std::string> metadata;
};

/// Everything that a run needs to resume with the same results as without the interruption. Tensor
/// names: "model.NAME" and "disc.NAME" for the networks' state dicts,
/// "optimizer.model.NAME.exp_avg", ".exp_avg_sq" and ".step" (i64 scalar), "ema.NAME",
/// "random.cpu". store_network() (network_state.hpp) fills in the entries of one network.
struct TrainingCheckpoint : CheckpointState {
  std::map<std::string, torch::Tensor> tensors;
};

/// Writes a safetensors file with JSON and a CRC-32 of all tensors in the metadata, first under a
/// temporary name. Throws Error{Failed} that names the file when the disk is full, Error{NotFound}
/// for a missing folder.
void write_training_checkpoint(const std::filesystem::path &path,
                               const TrainingCheckpoint &checkpoint);

/// Reads such a file, or a published .pth {state_dict, optimizer, global_step, global_epoch}, whose
/// network becomes "model" and whose `stage` is empty. Throws Error{Format} for a damaged file, one
/// whose tensors do not match their checksum, or exported weights.
TrainingCheckpoint read_training_checkpoint(const std::filesystem::path &path);

/// The metadata of either kind of file; of a published one `step` and `epoch` only. Throws as
/// read_training_checkpoint().
CheckpointState read_checkpoint_state(const TensorFile &file);

/// Writes one network in the layout of the published training scripts, for torch.load():
/// {state_dict, optimizer, global_step, global_epoch}. state_dict holds the moving average of the
/// weights if there is one, as all exports do. Needs info's "state_dict_order" of the network;
/// without its "optimizer" the optimizer is None. Throws as write_training_checkpoint().
void write_published_checkpoint(const std::filesystem::path &path,
                                const TrainingCheckpoint &checkpoint,
                                const std::string &network = "model");

}  // namespace hyperlips::training
