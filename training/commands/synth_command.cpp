// SPDX-License-Identifier: LGPL-2.1-or-later
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "hyperlips/error.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/crop_option.hpp"
#include "training/run/signals.hpp"
#include "training/synth/synthetic_dataset.hpp"
#include "util/status_line.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  SynthOptions synth;
  bool crops = false, jpeg = false, quiet = false;
};

using Clock = std::chrono::steady_clock;

std::string state(const SynthProgress &progress, Clock::time_point start) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const std::uint64_t made = progress.done - progress.before;
  char text[96];
  std::snprintf(text, sizeof text, "%llu of %llu clips", (unsigned long long)progress.done,
                (unsigned long long)progress.clips);
  std::string line = text;
  if (made == 0 || seconds <= 0) return line;
  const double each = seconds / double(made);
  std::snprintf(text, sizeof text, ", %.2f x real time, ", progress.clip_seconds / each);
  const auto left =
      std::chrono::seconds(std::int64_t(each * double(progress.clips - progress.done)));
  return line + text + duration_text(left) + " left";
}

void print(const SynthReport &report, const Options &options) {
  const std::string length = duration_text(std::chrono::seconds(std::llround(report.seconds())));
  std::printf("%zu clips (%llu made before), %s in total, %zu for validation: %s\n",
              report.clips.size(), (unsigned long long)report.before, length.c_str(),
              report.validation.size(), options.synth.output.c_str());
  if (report.cancelled) std::printf("Interrupted; run the same command to resume.\n");
}

int run(Options &options) {
  if (options.jpeg && !options.crops) throw Error(ErrorKind::Settings, "--jpeg needs --crops.");
  if (options.crops) options.synth.crops = options.jpeg ? CropCoding::Jpeg : CropCoding::Raw;
  const StopSignals signals;
  std::optional<StatusLine> status(
      std::in_place, StatusLine::Settings{.program = "hyperlips-train", .quiet = options.quiet});
  const Clock::time_point start = Clock::now();
  const auto show = [&](const SynthProgress &progress) {
    if (status->due() || progress.done == progress.before)
      status->show(state(progress, start), double(progress.done) / double(progress.clips));
  };
  const SynthReport report = make_synthetic_dataset(options.synth, show, signals.stopping());
  status.reset();
  print(report, options);
  return report.cancelled ? kEndedEarly : 0;
}

}  // namespace

void add_synth(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  SynthOptions &synth = options->synth;
  CLI::App *app = program.add_subcommand("synth", "Make a data set of synthetic talking heads");
  app->add_option("--hours", synth.hours, "total length of the clips in hours")
      ->capture_default_str();
  app->add_option("--out", synth.output, "output folder for the data set")->required();
  app->add_option("--seed", synth.clips.seed, "random seed")->capture_default_str();
  app->add_flag("--crops", options->crops, "write one crop pack, synth.crops, instead of folders");
  app->add_flag("--jpeg", options->jpeg, "with --crops: store JPEG pictures of quality 95");
  app->add_option("--clip-seconds", synth.clips.seconds, "length of a clip in seconds")
      ->capture_default_str();
  app->add_option("--frame-size", synth.clips.frame_size,
                  "maximum size in pixels of the square frames that faces are cropped from")
      ->capture_default_str();
  add_crop_option(*app, synth.clips.framing);
  app->add_option("--languages", synth.clips.languages,
                  "espeak-ng languages, such as en,de,fr; default: all with a sentence generator")
      ->delimiter(',');
  app->add_option("--clean-share", synth.clips.clean_share,
                  "fraction of clips without speech augmentation")
      ->capture_default_str();
  app->add_option("--validation-share", synth.validation_share, "fraction of validation clips")
      ->capture_default_str();
  app->add_option("--workers", synth.workers, "clips made in parallel; 0: one per core")
      ->capture_default_str();
  app->add_flag("--quiet", options->quiet, "do not print progress");
  app->callback([options, &command] { command = [options] { return run(*options); }; });
}

}  // namespace hyperlips::training
