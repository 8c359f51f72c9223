// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>
#include <torch/types.h>

namespace hyperlips::training {

/// Everything that a run needs to go on as if it had never stopped. Tensor names: "model.NAME" and
/// "disc.NAME" for the networks' state dicts, "optimizer.model.NAME.exp_avg" and ".exp_avg_sq",
/// "ema.NAME", "random.cpu".
struct TrainingCheckpoint {
  std::string stage;      ///< "sync", "base", "hr"
  std::int64_t step = 0;  ///< optimiser steps done
  std::int64_t epoch = 0;
  std::map<std::string, torch::Tensor> tensors;
  nlohmann::json info = nlohmann::json::object();  ///< effective configuration, counters, measures
};

/// Writes it as safetensors (JSON in the metadata): temporary name, sync, rename. Throws Error that
/// names the file when the disk is full.
void write_training_checkpoint(const std::filesystem::path &path,
                               const TrainingCheckpoint &checkpoint);

/// Reads such a file, or a published .pth {state_dict, optimizer, global_step, global_epoch} as the
/// network "model" of a stage that the caller knows.
TrainingCheckpoint read_training_checkpoint(const std::filesystem::path &path);

/// Writes one network in the published layout, for PyTorch's own reader: {state_dict, optimizer,
/// global_step, global_epoch}.
void write_published_checkpoint(const std::filesystem::path &path,
                                const TrainingCheckpoint &checkpoint,
                                const std::string &network = "model");

}  // namespace hyperlips::training
