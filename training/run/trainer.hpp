// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "training/data/dataset.hpp"
#include "training/distributed/process_group.hpp"
#include "training/run/training_checkpoint.hpp"
#include "training/stages/stage.hpp"

namespace hyperlips::training {

struct TrainerOptions {
  std::filesystem::path folder;  ///< of checkpoints, event files and samples
  std::string stage;             ///< "sync", "base", "hr", "adapt"
  std::int64_t steps = 0;        ///< optimizer steps in all; 0: without end
  std::chrono::seconds time{0};  ///< of this process; 0: without end
  int batch = 0;                 ///< examples of one process
  int accumulate = 1;            ///< batches whose gradients make a step
  std::uint64_t seed = 0;
  std::string device = "auto";
  double clip_norm = 0;  ///< of all gradients of a network together; 0: not clipped
  double average = 0;    ///< decay of the moving average of the weights; 0: none
  int warm_up = 0;       ///< steps in which the learning rate rises to its value
  /// What is left of the learning rate at the end of the steps or the time, whichever is nearer,
  /// 0 ... 1: it falls along half a cosine. 1: it stays.
  double final_rate = 1;
  int loader_threads = 2;
  int checkpoint_interval = 1000;  ///< steps
  int keep = 3;                    ///< newest checkpoints that stay, beside the best
  int validate_interval = 1000;    ///< steps
  int validate_batches = 16;
  std::string best_by = "total";  ///< the validation loss that the best checkpoint has least of
  int sample_interval = 1000;     ///< steps between collages
  int sample_rows = 4;
  int log_interval = 10;   ///< steps between scalars in the event file
  int give_up_after = 20;  ///< steps in a row without finite gradients
  bool resume = true;
  bool quiet = false;
  std::string started_from;                          ///< told in the log and the checkpoint
  nlohmann::json config = nlohmann::json::object();  ///< the effective configuration
};

struct TrainResult {
  std::int64_t step = 0;     ///< optimizer steps done, earlier runs included
  std::int64_t skipped = 0;  ///< of those, without finite gradients
  bool interrupted = false;  ///< by a signal; a checkpoint was written
  Losses training;           ///< of the last step
  Losses first_validation;   ///< before the first step of this process
  Losses validation;         ///< the last
  double best = 0;           ///< least validation loss
  double seconds = 0;        ///< of this process
  double data_seconds = 0;   ///< of those, waiting for examples
};

/// The training loop: examples ahead, gradients, clipping, Adam, checkpoints, validation, event
/// files, progress, signals. It goes on from the newest checkpoint in its folder exactly as if it
/// had never stopped, and is the same in one process as in many with as many examples in all.
class Trainer {
 public:
  /// validation may be null. Throws Error{Settings} for options that make no sense.
  Trainer(Stage &stage, std::shared_ptr<const Dataset> training,
          std::shared_ptr<const Dataset> validation, TrainerOptions options, ProcessGroup &group);
  ~Trainer();
  Trainer(const Trainer &) = delete;
  Trainer &operator=(const Trainer &) = delete;

  /// Throws Error{Failed} after too many steps without finite gradients.
  TrainResult run();

  /// Called with each step's losses, for tests.
  void on_step(std::function<void(std::int64_t step, const Losses &)> callback);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips::training
