// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "training/run/trainer.hpp"
#include "training/stages/adversarial_stage.hpp"

namespace CLI {
class App;
}

namespace hyperlips::training {

/// The options shared by all training commands.
struct RunOptions {
  TrainerOptions trainer;
  std::string precision = "auto";
  std::string from, discriminator_from;  ///< checkpoints to start from
  std::vector<std::string> frozen;
  std::vector<PartRate> part_rates;
  std::size_t cache_mib = 1024;
  int threads = 0;                    ///< of LibTorch; 0: one per core
  int cpu_batch = 2, gpu_batch = 28;  ///< used for the batch size 0
  bool restart = false;
  bool quiet = false;
};

/// Parses "90", "90s", "10m", "1.5h", "7d". Throws Error{Settings} for anything else.
std::chrono::seconds parse_duration(const std::string &text);

/// Adds them to a subcommand.
void add_run_options(CLI::App &command, RunOptions &options);

/// Adds the learning rates of a generator and its discriminator to a subcommand.
void add_learning_rates(CLI::App &command, AdversarialStageOptions &options);

/// Resolves what depends on the machine and the process (threads, device, precision), records the
/// effective configuration in `options` and reads the initial weights. Throws
/// Error{NotFound|Settings} and what reading a checkpoint throws.
StageOptions resolve(const CLI::App &command, RunOptions &options, const Launch &launch);

/// Prints the notes of a stage, trains it and prints a summary; returns the exit code.
int train(Stage &stage, std::shared_ptr<const Dataset> training,
          std::shared_ptr<const Dataset> validation, const RunOptions &options, ProcessGroup &group,
          std::function<void(std::int64_t step, const Losses &)> on_step = {});

}  // namespace hyperlips::training
