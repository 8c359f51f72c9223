// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "training/run/trainer.hpp"
#include "training/stages/stage_parts.hpp"

namespace CLI {
class App;
}

namespace hyperlips::training {

/// The options that all training commands share.
struct RunOptions {
  TrainerOptions trainer;
  std::string precision = "auto";
  std::string from, discriminator_from;  ///< checkpoints to start from
  std::vector<std::string> frozen;
  std::size_t cache_mib = 1024;
  int threads = 0;                    ///< of LibTorch; 0: one for each core
  int cpu_batch = 2, gpu_batch = 28;  ///< what the batch size 0 stands for
  bool restart = false;
  bool quiet = false;
};

/// "90", "90s", "10m", "1.5h", "7d". Throws Error{Settings} for anything else.
std::chrono::seconds parse_duration(const std::string &text);

/// Adds them to a sub-command.
void add_run_options(CLI::App &command, RunOptions &options);

/// Adds the learning rates of a generator and its discriminator to a sub-command.
void add_learning_rates(CLI::App &command, AdversarialStageOptions &options);

/// Settles what depends on the machine and the process: threads, device, precision; stores the
/// effective configuration. Throws Error{NotFound|Settings}.
StageOptions settle(const CLI::App &command, RunOptions &options, const Launch &launch);

/// Runs a stage, telling what it lacks, and prints how it ended; gives the exit code.
int train(Stage &stage, std::shared_ptr<const Dataset> training,
          std::shared_ptr<const Dataset> validation, const RunOptions &options, ProcessGroup &group,
          std::function<void(std::int64_t step, const Losses &)> on_step = {});

}  // namespace hyperlips::training
