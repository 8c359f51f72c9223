// SPDX-License-Identifier: LGPL-2.1-or-later
#include <memory>

#include <CLI/CLI.hpp>

#include "training/commands/clip_data.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/conventions_note.hpp"
#include "training/commands/hr_loss_files.hpp"
#include "training/commands/loss_option.hpp"
#include "training/commands/run_options.hpp"
#include "training/data/hr_dataset.hpp"
#include "training/stages/hr_stage.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  RunOptions run;
  ClipDataOptions data;
  HrStageOptions stage;
  HrLossFiles loss_files;
  int size = 128;
};

int run(const CLI::App &command, Options &options) {
  ProcessGroup group(launch_from_environment());
  static_cast<StageOptions &>(options.stage) = resolve(command, options.run, group.launch());
  options.stage.scale = options.size / 128;
  read_hr_loss_files(options.loss_files, options.stage);
  const auto store = open_store(options.run);
  std::vector<WeightedDataset> training, validation;
  std::optional<Framing> crop;
  for (const DataSetName &name : data_sets(options.data)) {
    const HrClipList list = list_hr_clips(name.path, list_options(options.data, options.run));
    print_counts(list.clips, options.run);
    require_same_crops(crop, {list.clips, store});
    const auto open = [&](const std::vector<Clip> &part) -> WeightedDataset {
      return {std::make_shared<HrDataset>(list.folder, part, store, options.size), name.weight};
    };
    training.push_back(open(list.clips.train));
    if (!list.clips.validation.empty()) validation.push_back(open(list.clips.validation));
  }
  options.run.trainer.metadata = {{"crop", to_string(*crop)}};
  HrStage stage(options.stage);
  return train(stage, mixed(std::move(training)), mixed(std::move(validation)), options.run, group);
}

}  // namespace

void add_hr(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  options->run.trainer.stage = "hr";
  options->run.trainer.best_by = "lip_l1";
  CLI::App *hr =
      program.add_subcommand("hr", "Train HRDecoder, which upscales and sharpens the face");
  add_clip_data_options(*hr, options->data, options->run);
  add_run_options(*hr, options->run);
  hr->add_option("--size", options->size, "output size in pixels")
      ->check(CLI::IsMember({128, 256, 512}))
      ->capture_default_str();
  HrLosses &losses = options->stage.losses;
  add_loss_option(*hr, {{"adversarial", &losses.adversarial},
                        {"perceptual", &losses.perceptual},
                        {"l1", &losses.l1},
                        {"gradient", &losses.gradient},
                        {"lip-l1", &losses.lip_l1},
                        {"lip-lpips", &losses.lip_lpips}});
  add_hr_loss_files(*hr, options->loss_files);
  add_learning_rates(*hr, options->stage);
  hr->callback([options, hr, &command] { command = [options, hr] { return run(*hr, *options); }; });
}

}  // namespace hyperlips::training
