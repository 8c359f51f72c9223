// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "training/data/dataset.hpp"
#include "training/distributed/process_group.hpp"
#include "training/run/training_checkpoint.hpp"
#include "training/stages/stage.hpp"

namespace hyperlips::training {

/// What a run is made of, by name: "--from", "footage", each with a hash or a text.
using RunInputs = std::map<std::string, std::string>;

struct TrainerOptions {
  std::filesystem::path folder;  ///< for checkpoints, event files and samples
  std::string stage;             ///< "sync", "base", "hr", "adapt"
  std::int64_t steps = 0;        ///< optimizer steps in total, resumed ones included; 0: no limit
  std::chrono::seconds time{0};  ///< of the run, resumed parts included; 0: no limit
  int batch = 0;                 ///< examples per process
  int accumulate = 1;            ///< batches per optimizer step
  std::uint64_t seed = 0;
  std::string device = "auto";
  double clip_norm = 0;  ///< upper limit of each network's gradient norm; 0: no clipping
  double average = 0;    ///< decay of the moving average of the weights; 0: no average
  int warm_up = 0;       ///< steps of linear learning-rate warm-up
  /// Factor of the learning rate at the end of the steps or the time, whichever comes first, 0 to
  /// 1, reached by cosine decay; 1: constant learning rate.
  double final_rate = 1;
  int loader_threads = 2;
  int checkpoint_interval = 1000;  ///< steps
  int keep = 3;                    ///< newest checkpoints to keep, besides the best
  int validate_interval = 1000;    ///< steps
  int validate_batches = 16;
  /// The validation loss by which the best checkpoint is chosen. A total that contains the
  /// adversarial term is least where the discriminator is weakest.
  std::string best_by = "total";
  int sample_interval = 1000;  ///< steps between sample grids
  int sample_rows = 4;
  int log_interval = 10;       ///< steps between scalars in the event file
  int max_skipped_steps = 20;  ///< steps in a row without finite gradients that end the run
  bool resume = true;  ///< false: delete the checkpoints in the folder and start from scratch
  /// Checkpoints record these, and one that differs in an entry is not resumed.
  RunInputs inputs;
  /// What happens then: an error, or the same as without `resume`. In the second case a checkpoint
  /// without inputs is not resumed either.
  bool replace_other_run = false;
  bool quiet = false;
  /// For the time limit; tests replace it.
  std::function<std::chrono::steady_clock::time_point()> clock = std::chrono::steady_clock::now;
  std::string started_from;                          ///< recorded in the checkpoint
  std::map<std::string, std::string> metadata;       ///< of the checkpoints, see Conventions
  nlohmann::json config = nlohmann::json::object();  ///< the effective configuration
};

struct TrainResult {
  std::int64_t step = 0;     ///< optimizer steps done, earlier runs included
  std::int64_t skipped = 0;  ///< of those, steps skipped because gradients were not finite
  bool interrupted = false;  ///< by a signal, after writing a checkpoint
  Losses training;           ///< of the last step
  Losses first_validation;   ///< before the first step of this process
  Losses validation;         ///< the last
  double best = 0;           ///< least validation loss
  double seconds = 0;        ///< of this process
  double data_seconds = 0;   ///< of those, spent waiting for examples
};

/// The names of the inputs that differ, such as "footage and --from"; empty if none does. Entries
/// that only one of both has do not count.
std::string differing_inputs(const RunInputs &wanted, const nlohmann::json &stored);

/// The training loop: prefetched examples, gradients, clipping, Adam, checkpoints, validation,
/// event files, progress, signals. It resumes from the newest checkpoint in its folder with the
/// same results as without the interruption, and N processes give the results of one with N times
/// the batch.
///
///     Trainer trainer(stage, training, validation, {.folder = "run", .steps = 1000, .batch = 8},
///                     group);
///     const TrainResult result = trainer.run();
class Trainer {
 public:
  using StepCallback = std::function<void(std::int64_t step, const Losses &losses)>;

  /// validation may be null. Throws Error{Settings} for invalid options.
  Trainer(Stage &stage, std::shared_ptr<const Dataset> training,
          std::shared_ptr<const Dataset> validation, TrainerOptions options, ProcessGroup &group);
  ~Trainer();
  Trainer(const Trainer &) = delete;
  Trainer &operator=(const Trainer &) = delete;

  /// To be called once. Throws Error{Failed} after max_skipped_steps without finite gradients.
  TrainResult run();

  /// Called after each step with its losses.
  void on_step(StepCallback callback);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips::training
