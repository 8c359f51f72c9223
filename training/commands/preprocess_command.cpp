// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "training/commands/commands.hpp"
#include "training/commands/crop_option.hpp"
#include "training/preprocess/preprocess.hpp"
#include "training/run/signals.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  PreprocessOptions preprocess;
  bool quiet = false;
};

void print(const PreprocessReport &report, const std::filesystem::path &folder) {
  std::printf("%zu videos (%zu done before, %zu could not be read), %zu clips, %lld frames\n",
              report.videos.size(), report.skipped, report.failed(), report.clip_names().size(),
              (long long)report.frames());
  for (const auto &[reason, seconds] : report.dropped_seconds()) {
    std::printf("  dropped %8.1f s: %s\n", seconds, reason.c_str());
  }
  std::printf("Dropped segments are listed in %s.\n", (folder / "report.json").c_str());
}

int run(const Options &options) {
  const StopSignals signals;
  PreprocessCallbacks callbacks;
  if (!options.quiet) {
    callbacks.progress = [](const PreprocessProgress &progress) {
      std::fprintf(stderr, "%zu of %zu videos, %lld clips: %s\n", progress.done, progress.videos,
                   (long long)progress.clips, progress.current.c_str());
    };
  }
  callbacks.log = [](const std::string &line) {
    std::fprintf(stderr, "hyperlips-train: %s\n", line.c_str());
  };
  const PreprocessReport report = preprocess(options.preprocess, callbacks, signals.stopping());
  print(report, options.preprocess.output);
  if (report.cancelled) std::printf("Interrupted; run the same command to resume.\n");
  return report.cancelled ? kEndedEarly : 0;
}

}  // namespace

void add_preprocess(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  PreprocessOptions &preprocess = options->preprocess;
  CLI::App *app = program.add_subcommand("preprocess", "Make a data set from videos");
  app->add_option("VIDEOS", preprocess.inputs, "video files, and folders of SPEAKER/CLIP.mp4")
      ->required();
  app->add_option("--out", preprocess.output, "output folder for the data set")->required();
  app->add_flag("--hr", preprocess.hr, "also make the training data of the HR network");
  app->add_option("--base-model", preprocess.base_model,
                  "HyperLipsBase checkpoint that generates the inputs of the HR network");
  app->add_option("--sync-expert", preprocess.sync_expert,
                  "drop clips that are out of sync according to this lip-sync expert");
  app->add_option("--max-offset", preprocess.max_offset, "maximum audio offset in frames")
      ->check(CLI::Range(0, 15))
      ->capture_default_str();
  app->add_flag("--shift-sound", preprocess.shift_sound,
                "correct larger offsets instead of dropping the clip");
  add_offset_option(*app, preprocess.offset);
  app->add_flag("--native-resolution,--own-resolution", preprocess.native_resolution,
                "keep crops at the resolution of the face, up to 512 pixels");
  app->add_option("--max-seconds", preprocess.clips.max_seconds,
                  "maximum clip length; longer clips are split")
      ->capture_default_str();
  app->add_option("--min-seconds", preprocess.clips.min_seconds,
                  "minimum clip length; shorter clips are dropped")
      ->capture_default_str();
  app->add_option("--min-face", preprocess.clips.faces.min_face, "minimum face size in pixels")
      ->capture_default_str();
  add_crop_option(*app, preprocess.clips.framing);
  app->add_option("--min-speech", preprocess.clips.min_speech,
                  "minimum fraction of a clip that is not silent")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app->add_option("--seed", preprocess.seed, "random seed for choosing validation clips")
      ->capture_default_str();
  app->add_option("--jobs", preprocess.jobs, "videos processed in parallel; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app->add_option("--device", preprocess.device,
                  "device of the base network: auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  app->add_flag("--quiet", options->quiet, "do not print progress");
  app->callback([options, &command] { command = [options] { return run(*options); }; });
}

}  // namespace hyperlips::training
