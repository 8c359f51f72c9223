// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "training/commands/clip_data.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/run_options.hpp"
#include "training/data/sync_dataset.hpp"
#include "training/stages/sync_stage.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  RunOptions run;
  ClipDataOptions data;
  SyncOptions sync;
  double learning_rate = 1e-4;
};

/// Prints a note at intervals while the loss is on the plateau that SyncNets start on.
std::function<void(std::int64_t, const Losses &)> watch_plateau() {
  constexpr std::int64_t kInterval = 500;
  return [sum = 0.0, count = std::int64_t{0}](std::int64_t step, const Losses &losses) mutable {
    for (const auto &[name, value] : losses) sum += name == "total" ? value : 0;
    if (++count < kInterval) return;
    const std::string note = sync_plateau_note(sum / double(count), step);
    if (!note.empty()) std::fprintf(stderr, "hyperlips-train: %s\n", note.c_str());
    sum = 0;
    count = 0;
  };
}

int run(const CLI::App &command, Options &options) {
  ProcessGroup group(launch_from_environment());
  SyncStageOptions stage_options;
  static_cast<StageOptions &>(stage_options) = resolve(command, options.run, group.launch());
  stage_options.face_size = options.sync.size;
  stage_options.learning_rate = options.learning_rate;
  const TrainingSets sets = open_training_sets(
      options.data, options.run, [&](const std::vector<Clip> &clips, const ClipData &data) {
        return std::make_shared<SyncDataset>(clips, data.source, options.sync);
      });
  SyncStage stage(stage_options);
  return train(stage, sets.training, sets.validation, options.run, group, watch_plateau());
}

}  // namespace

void add_sync(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  options->run.trainer.stage = "sync";
  options->run.cpu_batch = options->run.gpu_batch = 64;
  CLI::App *sync = program.add_subcommand(
      "sync", "Train the lip-sync expert, which scores how well lips match speech");
  add_clip_data_options(*sync, options->data, options->run);
  add_run_options(*sync, options->run);
  sync->add_option("--size", options->sync.size,
                   "face size in pixels: 128, or 96 for the expert of Wav2Lip")
      ->check(CLI::IsMember({96, 128}))
      ->capture_default_str();
  sync->add_option("--mirror", options->sync.mirror,
                   "fraction of examples with the face mirrored left to right; the published "
                   "script mirrors all of them")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  sync->add_flag_callback(
      "--no-mirror", [options] { options->sync.mirror = 0; }, "the same as --mirror 0");
  sync->add_option("--learning-rate", options->learning_rate, "learning rate of Adam")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sync->callback(
      [options, sync, &command] { command = [options, sync] { return run(*sync, *options); }; });
}

}  // namespace hyperlips::training
