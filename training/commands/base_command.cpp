// SPDX-License-Identifier: LGPL-2.1-or-later
#include <memory>

#include <CLI/CLI.hpp>

#include "training/commands/clip_data.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/loss_option.hpp"
#include "training/commands/run_options.hpp"
#include "training/data/base_dataset.hpp"
#include "training/run/starting_weights.hpp"
#include "training/stages/base_stage.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  RunOptions run;
  ClipDataOptions data;
  BaseStageOptions stage;
  std::string sync_expert, timing = "published";
};

int run(const CLI::App &command, Options &options) {
  ProcessGroup group(launch_from_environment());
  static_cast<StageOptions &>(options.stage) = resolve(command, options.run, group.launch());
  if (!options.sync_expert.empty())
    options.stage.sync_expert = starting_weights(options.sync_expert);
  const MelTiming timing =
      options.timing == "published" ? MelTiming::Published : MelTiming::Inference;
  const ClipData data = open_clips(options.data, options.run);
  BaseStage stage(options.stage);
  return train(stage, make_dataset<BaseDataset>(data.clips.train, data.source, timing),
               make_dataset<BaseDataset>(data.clips.validation, data.source, timing), options.run,
               group);
}

}  // namespace

void add_base(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  options->run.trainer.stage = "base";
  CLI::App *base =
      program.add_subcommand("base", "Train HyperLipsBase, which generates the lower face");
  add_clip_data_options(*base, options->data, options->run);
  add_run_options(*base, options->run);
  base->add_option("--sync-expert", options->sync_expert,
                   "lip-sync expert checkpoint; without it the sync loss is off");
  base->add_flag("--sync-batch-statistics", options->stage.sync_batch_statistics,
                 "let the expert use the statistics of the batch, as in the published code");
  BaseLosses &losses = options->stage.losses;
  add_loss_option(*base, {{"sync", &losses.sync},
                          {"adversarial", &losses.adversarial},
                          {"l1", &losses.l1},
                          {"gradient", &losses.gradient},
                          {"mouth", &losses.mouth}});
  add_learning_rates(*base, options->stage);
  base->add_option("--mel-timing", options->timing,
                   "published: mel window of the previous frame, as in the published code; "
                   "inference: of the "
                   "frame itself")
      ->check(CLI::IsMember({"published", "inference"}))
      ->capture_default_str();
  base->callback(
      [options, base, &command] { command = [options, base] { return run(*base, *options); }; });
}

}  // namespace hyperlips::training
