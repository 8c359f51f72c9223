// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <limits>
#include <memory>

#include <CLI/CLI.hpp>

#include "hyperlips/error.hpp"
#include "training/commands/clip_data.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/conventions_note.hpp"
#include "training/commands/loss_option.hpp"
#include "training/commands/run_options.hpp"
#include "training/data/base_dataset.hpp"
#include "training/run/starting_weights.hpp"
#include "training/stages/base_stage.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  RunOptions run;
  ClipDataOptions data;
  BaseStageOptions stage;
  BaseOptions examples;
  std::string sync_expert, timing = "published";
};

/// Frames per example and, if they are not given, examples per batch: the sync expert needs five
/// successive frames, which are nearly the same picture; without it single frames show a step more
/// people.
void complete_examples(Options &options) {
  const bool with_expert = !options.sync_expert.empty();
  BaseOptions &examples = options.examples;
  if (examples.frames == 0) examples.frames = with_expert ? kWindowFrames : 1;
  if (with_expert && examples.frames != kWindowFrames)
    throw Error(ErrorKind::Settings, "--sync-expert needs five frames per example, not " +
                                         std::to_string(examples.frames) +
                                         "; omit --frames or --sync-expert.");
  if (examples.frames == 1) options.run.cpu_batch = 16, options.run.gpu_batch = 128;
  examples.timing = parse_mel_timing(options.timing);
}

/// The data set of some clips; says if its mouths cannot be swapped.
std::shared_ptr<const Dataset> open_examples(const std::vector<Clip> &clips, const ClipData &data,
                                             const Options &options) {
  const Clip &first = clips.front();
  if (options.examples.mouth_swap > 0 && &clips == &data.clips.train && !options.run.quiet &&
      !data.source->landmarks(first, first.ranges.front().first))
    std::fprintf(stderr,
                 "hyperlips-train: The data set of clip %s has no landmarks: its mouths are not "
                 "swapped, and the mouth loss is that of the middle of the lower half.\n",
                 quote(first.name).c_str());
  return std::make_shared<BaseDataset>(clips, data.source, options.examples);
}

int run(const CLI::App &command, Options &options) {
  complete_examples(options);
  ProcessGroup group(launch_from_environment());
  static_cast<StageOptions &>(options.stage) = resolve(command, options.run, group.launch());
  if (!options.sync_expert.empty())
    options.stage.sync_expert = starting_weights(options.sync_expert);
  const TrainingSets sets = open_training_sets(
      options.data, options.run, [&](const std::vector<Clip> &clips, const ClipData &data) {
        return open_examples(clips, data, options);
      });
  use_conventions(options.run, {sets.crop, options.examples.timing});
  // Nothing can open the gate without a validation.
  if (!sets.validation || options.run.trainer.validate_interval == 0)
    options.stage.sync_gate = std::numeric_limits<double>::infinity();
  BaseStage stage(options.stage);
  return train(stage, sets.training, sets.validation, options.run, group);
}

void add_example_options(CLI::App &base, Options &options) {
  base.add_option("--frames", options.examples.frames,
                  "successive frames per example, 1 to 5; 0: 5 with a sync expert, else 1")
      ->check(CLI::Range(0, kWindowFrames))
      ->capture_default_str();
  base.add_option("--mouth-swap", options.examples.mouth_swap,
                  "fraction of examples that get the mouth and the speech of other frames, so that "
                  "the network cannot infer the mouth from the upper face; needs a data set with "
                  "landmarks")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

}  // namespace

void add_base(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  options->run.trainer.stage = "base";
  options->run.trainer.best_by = "mouth";
  options->examples = {.frames = 0, .mouth_swap = 0.5};
  CLI::App *base =
      program.add_subcommand("base", "Train HyperLipsBase, which generates the lower face");
  add_clip_data_options(*base, options->data, options->run);
  add_run_options(*base, options->run);
  add_example_options(*base, *options);
  base->add_option("--sync-expert", options->sync_expert,
                   "lip-sync expert checkpoint; without it the sync loss is off");
  base->add_flag("--sync-batch-statistics", options->stage.sync_batch_statistics,
                 "let the expert use the statistics of the batch, as in the published code");
  base->add_option("--sync-gate", options->stage.sync_gate,
                   "the sync loss is off until it is below this in a validation; inf: always on")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  BaseLosses &losses = options->stage.losses;
  add_loss_option(*base, {{"sync", &losses.sync},
                          {"adversarial", &losses.adversarial},
                          {"l1", &losses.l1},
                          {"gradient", &losses.gradient},
                          {"mouth", &losses.mouth},
                          {"upper-half", &losses.upper_half}});
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
