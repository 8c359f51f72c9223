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

/// What a checkpoint says beside its tensors.
struct CheckpointState {
  std::string stage;      ///< "sync", "base", "hr", "adapt"
  std::int64_t step = 0;  ///< optimizer steps done
  std::int64_t epoch = 0;
  /// Effective configuration, counters, the best validation loss; "state_dict_order"/NETWORK:
  /// [NAME] in PyTorch's order, "optimizer"/NETWORK: {learning_rate, betas, epsilon, weight_decay}
  /// of Adam.
  nlohmann::json info = nlohmann::json::object();
};

/// Everything that a run needs to go on as if it had never stopped. Tensor names: "model.NAME" and
/// "disc.NAME" for the networks' state dicts, "optimizer.model.NAME.exp_avg", ".exp_avg_sq" and
/// ".step" (i64 scalar), "ema.NAME", "random.cpu". store_network() (network_state.hpp) fills in
/// what belongs to one network.
struct TrainingCheckpoint : CheckpointState {
  std::map<std::string, torch::Tensor> tensors;
};

/// Writes it as safetensors (JSON and a CRC-32 of all tensors in the metadata): temporary name,
/// sync, rename. Throws Error{Failed} that names the file when the disk is full, Error{NotFound}
/// for a missing folder.
void write_training_checkpoint(const std::filesystem::path &path,
                               const TrainingCheckpoint &checkpoint);

/// Reads such a file, or a published .pth {state_dict, optimizer, global_step, global_epoch} as the
/// network "model" of a stage that the caller knows (`stage` is empty then). Throws Error{Format}
/// for a damaged file, one whose tensors do not match their checksum, or one that holds a network
/// for inference.
TrainingCheckpoint read_training_checkpoint(const std::filesystem::path &path);

/// The state alone, of either kind of file; of a published one `step` and `epoch`. Throws as
/// read_training_checkpoint.
CheckpointState read_checkpoint_state(const TensorFile &file);

/// Writes one network in the published layout, for PyTorch's own reader: {state_dict, optimizer,
/// global_step, global_epoch}. Needs info's "state_dict_order" of the network; without its
/// "optimizer" the optimizer is None. Throws as write_training_checkpoint.
void write_published_checkpoint(const std::filesystem::path &path,
                                const TrainingCheckpoint &checkpoint,
                                const std::string &network = "model");

}  // namespace hyperlips::training
