// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/run_options.hpp"

#include <cctype>
#include <cmath>
#include <cstdio>
#include <thread>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>

#include "hyperlips/engine/cpu_features.hpp"
#include "hyperlips/engine/torch/device.hpp"
#include "hyperlips/error.hpp"
#include "training/commands/named_values.hpp"
#include "training/run/allocator_settings.hpp"
#include "training/run/starting_weights.hpp"
#include "util/file_hash.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

const auto kPositive = CLI::Range(std::int64_t{1}, std::int64_t{1} << 40);

/// An option whose default is shown in --help.
template <typename Value>
CLI::Option *add(CLI::App &command, const std::string &name, Value &value,
                 const std::string &description) {
  return command.add_option(name, value, description)->capture_default_str();
}

void add_schedule_options(CLI::App &command, TrainerOptions &trainer) {
  add(command, "--steps", trainer.steps, "total number of steps; 0: no limit")
      ->check(CLI::NonNegativeNumber);
  command.add_option_function<std::string>(
      "--time", [&](const std::string &text) { trainer.time = parse_duration(text); },
      "time limit of the run, resumed parts included: 90s, 10m, 8h, 7d");
  add(command, "--batch-size", trainer.batch,
      "examples per process and batch; 0: the published size on a GPU, fewer on a CPU")
      ->check(CLI::Range(0, 4096));
  add(command, "--accumulate", trainer.accumulate, "batches per step")->check(CLI::Range(1, 4096));
  add(command, "--seed", trainer.seed, "random seed of weights, examples and augmentation");
  add(command, "--clip-norm", trainer.clip_norm,
      "upper limit of the gradient norm of a network; 0: no clipping")
      ->check(CLI::NonNegativeNumber);
  add(command, "--average", trainer.average,
      "decay of a moving average of the weights; 0: no average")
      ->check(CLI::Range(0.0, 0.999999));
  add(command, "--warm-up", trainer.warm_up, "steps of linear learning-rate warm-up")
      ->check(CLI::NonNegativeNumber);
  add(command, "--final-rate", trainer.final_rate,
      "factor of the learning rate at the end of the steps or the time, reached by cosine decay; "
      "1: constant learning rate")
      ->check(CLI::Range(0.0, 1.0));
}

void add_machine_options(CLI::App &command, RunOptions &options) {
  add(command, "--device", options.trainer.device, "device: auto, cpu, cuda or cuda:N");
  add(command, "--precision", options.precision,
      "bf16: mixed precision with fp32 weights; auto: bf16 if the device supports it")
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}));
  add(command, "--threads", options.threads, "threads for computation; 0: one per core")
      ->check(CLI::Range(0, 1024));
  add(command, "--loader-threads", options.trainer.loader_threads, "threads for loading examples")
      ->check(CLI::Range(1, 256));
  add(command, "--cache-mib", options.cache_mib, "memory for caching pictures, in MiB");
}

void add_start_options(CLI::App &command, RunOptions &options) {
  command.add_option("--from", options.from, "checkpoint with the initial weights");
  command.add_option("--discriminator-from", options.discriminator_from,
                     "checkpoint with the initial weights of the discriminator");
  command.add_option("--freeze", options.frozen,
                     "parts of the network that are not trained, such as face_encoder");
  add_named_values(command, "--rate",
                   "PART=FACTOR of parts of the network: their learning rate, times that of the "
                   "network",
                   [&options](const std::string &part, double factor) {
                     options.part_rates.push_back({part, factor});
                     return true;
                   });
  command.add_flag("--restart", options.restart,
                   "delete the checkpoints in the output folder and start from scratch");
}

void add_output_options(CLI::App &command, RunOptions &options) {
  TrainerOptions &trainer = options.trainer;
  add(command, "--checkpoint-interval", trainer.checkpoint_interval, "steps between checkpoints")
      ->check(kPositive);
  add(command, "--keep", trainer.keep, "newest checkpoints to keep, besides the best")
      ->check(CLI::Range(1, 1000000));
  add(command, "--validate-interval", trainer.validate_interval,
      "steps between validations; 0: no validation")
      ->check(CLI::NonNegativeNumber);
  add(command, "--validate-batches", trainer.validate_batches, "batches per validation")
      ->check(kPositive);
  add(command, "--best-by", trainer.best_by,
      "validation loss by which the best checkpoint is chosen");
  add(command, "--sample-interval", trainer.sample_interval,
      "steps between sample pictures; 0: none")
      ->check(CLI::NonNegativeNumber);
  add(command, "--log-interval", trainer.log_interval, "steps between event-file entries")
      ->check(kPositive);
  command.add_flag("--quiet", options.quiet, "do not print progress");
}

}  // namespace

std::chrono::seconds parse_duration(const std::string &text) {
  std::size_t used = 0;
  double value = -1;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception &) {
    // Reported below.
  }
  const std::string unit = text.substr(std::min(used, text.size()));
  const double factor = unit.empty() || unit == "s" ? 1
                        : unit == "m"               ? 60
                        : unit == "h"               ? 3600
                        : unit == "d"               ? 86400
                                                    : 0;
  if (!(value > 0) || factor == 0 || value * factor > 1e9) {
    throw Error(ErrorKind::Settings, "Invalid duration " + quote(text) +
                                         "; expected a number and s, m, h or d, such as 10m.");
  }
  return std::chrono::seconds(std::llround(std::ceil(value * factor)));
}

void add_run_options(CLI::App &command, RunOptions &options) {
  add_schedule_options(command, options.trainer);
  add_machine_options(command, options);
  add_start_options(command, options);
  add_output_options(command, options);
}

void add_learning_rates(CLI::App &command, AdversarialStageOptions &options) {
  command.add_option("--learning-rate", options.learning_rate, "learning rate of the generator")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command
      .add_option("--discriminator-learning-rate", options.discriminator_learning_rate,
                  "learning rate of the discriminator")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

namespace {

/// --restart deletes the checkpoints in the folder.
void check_restart(const RunOptions &options) {
  std::error_code ignored;
  for (const std::string &from : {options.from, options.discriminator_from}) {
    if (!options.restart || from.empty() ||
        !std::filesystem::equivalent(std::filesystem::path(from).parent_path() / ".",
                                     options.trainer.folder, ignored))
      continue;
    throw Error(ErrorKind::Settings, quote_path(from) +
                                         " is in the folder whose checkpoints "
                                         "--restart deletes; choose another output "
                                         "folder, or move the file.");
  }
}

}  // namespace

StageOptions resolve(const CLI::App &command, RunOptions &options, const Launch &launch) {
  keep_freed_memory();
  const int cores = int(std::max(1U, std::thread::hardware_concurrency()));
  at::set_num_threads(options.threads ? options.threads : std::max(1, cores / launch.local_size));
  TrainerOptions &trainer = options.trainer;
  if (trainer.device == "cuda" && launch.local_size > 1)
    trainer.device += ":" + std::to_string(launch.local_rank);
  const Precision wanted = parse_precision(options.precision);
  const std::string device = choose_torch_device(trainer.device, wanted, 0).device;
  trainer.device = device;
  if (trainer.batch == 0) trainer.batch = device == "cpu" ? options.cpu_batch : options.gpu_batch;
  trainer.resume = !options.restart;
  check_restart(options);
  trainer.started_from = options.from;
  if (!options.from.empty()) trainer.inputs["--from"] = file_hash(options.from);
  trainer.config = {{"command", command.get_name()},
                    {"options", command.config_to_str(true, false)}};
  trainer.quiet = options.quiet;
  StageOptions stage;
  stage.device = torch::Device(device);
  stage.bf16 = wanted == Precision::Bf16 ||
               (wanted == Precision::Auto && (device != "cpu" || cpu_multiplies_bf16()));
  stage.seed = trainer.seed;
  stage.frozen = options.frozen;
  stage.part_rates = options.part_rates;
  if (!options.from.empty()) stage.start = starting_weights(options.from);
  if (!options.discriminator_from.empty()) {
    stage.discriminator_start = starting_weights(options.discriminator_from, "disc");
  }
  return stage;
}

int train(Stage &stage, std::shared_ptr<const Dataset> training,
          std::shared_ptr<const Dataset> validation, const RunOptions &options, ProcessGroup &group,
          std::function<void(std::int64_t step, const Losses &)> on_step) {
  const bool is_rank0 = group.rank() == 0;
  if (is_rank0) {
    for (const std::string &note : stage.notes())
      std::fprintf(stderr, "hyperlips-train: %s\n", note.c_str());
  }
  Trainer trainer(stage, std::move(training), std::move(validation), options.trainer, group);
  trainer.on_step(std::move(on_step));
  const TrainResult result = trainer.run();
  if (!is_rank0) return 0;
  std::printf("%lld steps, %.0f s in this run", (long long)result.step, result.seconds);
  if (result.seconds > 0)
    std::printf(", %.1f %% of it waiting for examples", 100 * result.data_seconds / result.seconds);
  if (result.skipped > 0)
    std::printf(", %lld steps skipped because gradients were not finite",
                (long long)result.skipped);
  std::printf(". Checkpoints: %s\n", options.trainer.folder.c_str());
  if (result.interrupted) std::printf("Stopped by a signal; run the same command to resume.\n");
  return 0;
}

}  // namespace hyperlips::training
