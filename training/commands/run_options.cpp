// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/run_options.hpp"

#include <cctype>
#include <cmath>
#include <cstdio>
#include <thread>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>

#include "hyperlips/engine/device.hpp"
#include "hyperlips/error.hpp"
#include "training/run/keep_memory.hpp"
#include "training/run/starting_weights.hpp"

namespace hyperlips::training {
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
    throw Error(ErrorKind::Settings,
                "\"" + text + "\" is no duration. Write a number and s, m, h or d, such as 10m.");
  }
  return std::chrono::seconds(std::llround(std::ceil(value * factor)));
}

void add_run_options(CLI::App &command, RunOptions &options) {
  TrainerOptions &trainer = options.trainer;
  const auto positive = CLI::Range(std::int64_t{1}, std::int64_t{1} << 40);
  const auto not_negative = CLI::NonNegativeNumber;
  const auto with_default = [](CLI::Option *option) { return option->capture_default_str(); };
  with_default(command.add_option("--steps", trainer.steps, "steps in all; 0 goes on for ever"))
      ->check(not_negative);
  command.add_option_function<std::string>(
      "--time", [&](const std::string &text) { trainer.time = parse_duration(text); },
      "how long this process trains: 90s, 10m, 8h, 7d");
  with_default(command.add_option(
                   "--batch-size", trainer.batch,
                   "examples of one process and batch; 0: as published on a GPU, fewer on a CPU"))
      ->check(CLI::Range(0, 4096));
  with_default(command.add_option("--accumulate", trainer.accumulate, "batches that make one step"))
      ->check(CLI::Range(1, 4096));
  with_default(command.add_option("--seed", trainer.seed, "of weights, examples and augmentation"));
  with_default(command.add_option("--device", trainer.device, "auto, cpu, cuda or cuda:N"));
  with_default(command.add_option(
                   "--precision", options.precision,
                   "bf16: mixed precision with fp32 weights; auto: where the device multiplies it"))
      ->check(CLI::IsMember({"auto", "fp32", "bf16"}));
  with_default(
      command.add_option("--threads", options.threads, "for computing; 0: one for each core"))
      ->check(CLI::Range(0, 1024));
  with_default(
      command.add_option("--loader-threads", trainer.loader_threads, "for reading examples"))
      ->check(CLI::Range(1, 256));
  with_default(
      command.add_option("--cache-mib", options.cache_mib, "memory for pictures that were read"));
  with_default(command.add_option("--clip-norm", trainer.clip_norm,
                                  "of a network's gradients; 0: not clipped"))
      ->check(not_negative);
  with_default(command.add_option("--average", trainer.average,
                                  "decay of a moving average of the weights; 0: none"))
      ->check(CLI::Range(0.0, 0.999999));
  with_default(
      command.add_option("--warm-up", trainer.warm_up, "steps in which the learning rate rises"))
      ->check(not_negative);
  with_default(command.add_option("--final-rate", trainer.final_rate,
                                  "part of the learning rate that is left at the end of the steps "
                                  "or the time, falling along half a cosine; 1: it stays"))
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--from", options.from, "checkpoint whose weights training starts from");
  command.add_option("--discriminator-from", options.discriminator_from,
                     "the same for the discriminator");
  command.add_option("--freeze", options.frozen,
                     "parts of the network that stay as they are, such as face_encoder");
  with_default(command.add_option("--checkpoint-interval", trainer.checkpoint_interval, "steps"))
      ->check(positive);
  with_default(
      command.add_option("--keep", trainer.keep, "newest checkpoints that stay, beside the best"))
      ->check(CLI::Range(1, 1000000));
  with_default(
      command.add_option("--validate-interval", trainer.validate_interval, "steps; 0: never"))
      ->check(not_negative);
  with_default(command.add_option("--validate-batches", trainer.validate_batches))->check(positive);
  with_default(command.add_option("--sample-interval", trainer.sample_interval,
                                  "steps between pictures of samples; 0: none"))
      ->check(not_negative);
  with_default(command.add_option("--log-interval", trainer.log_interval,
                                  "steps between entries of the event file"))
      ->check(positive);
  command.add_flag("--restart", options.restart,
                   "start anew, even though the folder holds checkpoints");
  command.add_flag("--quiet", options.quiet, "no progress");
}

void add_learning_rates(CLI::App &command, AdversarialStageOptions &options) {
  command.add_option("--learning-rate", options.learning_rate)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--discriminator-learning-rate", options.discriminator_learning_rate)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

StageOptions settle(const CLI::App &command, RunOptions &options, const Launch &launch) {
  keep_freed_memory();
  const int cores = int(std::max(1U, std::thread::hardware_concurrency()));
  at::set_num_threads(options.threads ? options.threads : std::max(1, cores / launch.local_size));
  TrainerOptions &trainer = options.trainer;
  if (trainer.device == "cuda" && launch.local_size > 1)
    trainer.device += ":" + std::to_string(launch.local_rank);
  const Precision wanted = parse_precision(options.precision);
  const std::string device = choose_device(trainer.device, wanted).device;
  trainer.device = device;
  if (trainer.batch == 0) trainer.batch = device == "cpu" ? options.cpu_batch : options.gpu_batch;
  trainer.resume = !options.restart;
  trainer.started_from = options.from;
  trainer.config = {{"command", command.get_name()},
                    {"options", command.config_to_str(true, false)}};
  trainer.quiet = options.quiet;
  StageOptions stage;
  stage.device = torch::Device(device);
  stage.bf16 = wanted == Precision::Bf16 ||
               (wanted == Precision::Auto && (device != "cpu" || cpu_multiplies_bf16()));
  stage.seed = trainer.seed;
  stage.frozen = options.frozen;
  if (!options.from.empty()) stage.start = starting_weights(options.from);
  if (!options.discriminator_from.empty()) {
    stage.discriminator_start = starting_weights(options.discriminator_from, "disc");
  }
  return stage;
}

int train(Stage &stage, std::shared_ptr<const Dataset> training,
          std::shared_ptr<const Dataset> validation, const RunOptions &options, ProcessGroup &group,
          std::function<void(std::int64_t step, const Losses &)> on_step) {
  const bool leads = group.rank() == 0;
  if (leads) {
    for (const std::string &note : stage.notes())
      std::fprintf(stderr, "hyperlips-train: %s\n", note.c_str());
  }
  Trainer trainer(stage, std::move(training), std::move(validation), options.trainer, group);
  trainer.on_step(std::move(on_step));
  const TrainResult result = trainer.run();
  if (!leads) return 0;
  std::printf("%lld steps in %.0f s here", (long long)result.step, result.seconds);
  if (result.seconds > 0)
    std::printf(", %.1f %% of that waiting for examples",
                100 * result.data_seconds / result.seconds);
  if (result.skipped > 0)
    std::printf(", %lld steps skipped for gradients that were not finite",
                (long long)result.skipped);
  std::printf(". Checkpoints: %s\n", options.trainer.folder.c_str());
  if (result.interrupted) std::printf("Stopped by a signal; the same command goes on.\n");
  return 0;
}

}  // namespace hyperlips::training
