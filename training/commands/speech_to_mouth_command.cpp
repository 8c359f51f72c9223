// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <memory>
#include <optional>

#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>

#include "training/commands/commands.hpp"
#include "training/commands/weights_output.hpp"
#include "training/run/signals.hpp"
#include "training/talk/speech_to_mouth_training.hpp"
#include "util/status_line.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  SpeechToMouthOptions training;
  std::string output;
  int threads = 0;
  bool overwrite = false, quiet = false;
};

int run(const Options &options) {
  if (!options.overwrite) refuse_existing(options.output);
  if (options.threads > 0) at::set_num_threads(options.threads);
  const StopSignals signals;
  std::optional<StatusLine> status(
      std::in_place, StatusLine::Settings{.program = "hyperlips-train", .quiet = options.quiet});
  const auto show = [&](const char *what, int done, int of) {
    if (status->due())
      status->show(std::to_string(done) + " of " + std::to_string(of) + " " + what,
                   double(done) / of);
  };
  SpeechToMouthReport report;
  const bool complete =
      train_speech_to_mouth(options.training, options.output, report, show, signals.stopping());
  status.reset();
  if (!complete) {
    std::printf("Interrupted; nothing was written.\n");
    return kEndedEarly;
  }
  std::printf(
      "%.0f minutes of speech (clips by language: %s), %d steps, loss %.4f, correlation of "
      "the opening %.3f on other synthetic speakers: %s\n",
      report.seconds / 60, report.languages.c_str(), options.training.steps, report.loss,
      report.opening_correlation, options.output.c_str());
  return 0;
}

}  // namespace

void add_speech_to_mouth(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  SpeechToMouthOptions &training = options->training;
  CLI::App *app = program.add_subcommand(
      "speech-to-mouth",
      "Train the network that predicts the mouth from the sound, on synthetic "
      "speech");
  app->add_option("--out", options->output, "file for the network, .safetensors")->required();
  app->add_flag("--overwrite", options->overwrite, "replace an existing file");
  app->add_option("--hours", training.hours, "hours of speech to train on")->capture_default_str();
  app->add_option("--clip-seconds", training.clips.seconds,
                  "length of a clip in seconds; each has another speaker")
      ->capture_default_str();
  app->add_option("--languages", training.clips.languages,
                  "espeak-ng languages, such as en,de,fr; default: all with a sentence generator")
      ->delimiter(',');
  app->add_option("--seed", training.clips.seed,
                  "random seed of speech, weights, examples and augmentation")
      ->capture_default_str();
  app->add_option("--steps", training.steps, "number of steps")->capture_default_str();
  app->add_option("--batch-size", training.batch, "examples per step")->capture_default_str();
  app->add_option("--channels", training.shape.channels, "channels of each convolution")
      ->capture_default_str();
  app->add_option("--learning-rate", training.learning_rate, "highest learning rate of Adam")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app->add_option("--workers", training.workers, "clips made in parallel; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app->add_option("--threads", options->threads, "threads for computation; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app->add_flag("--quiet", options->quiet, "do not print progress");
  app->callback([options, &command] { command = [options] { return run(*options); }; });
}

}  // namespace hyperlips::training
