// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "error.hpp"
#include "model/convert.hpp"
#include "training/adapt/adapt.hpp"
#include "training/program/commands.hpp"
#include "training/program/loss_option.hpp"
#include "training/program/run_options.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  RunOptions run;
  AdaptOptions adapt;
  std::filesystem::path output;
  std::string precision = "fp16", sheet;
  bool no_augmentation = false, overwrite = false;
};

std::string text(const AdaptMeasures &measures) {
  char line[96];
  std::snprintf(line, sizeof line, "mouth error %.4f, opening correlation ", measures.mouth_mae);
  std::string text = line;
  if (!measures.opening_corr) return text + "none";
  std::snprintf(line, sizeof line, "%.3f", *measures.opening_corr);
  return text + line;
}

int run(const CLI::App &command, Options &options) {
  if (!options.overwrite && std::filesystem::exists(options.output)) {
    throw Error(ErrorKind::Settings,
                options.output.string() + " exists already; add --overwrite to replace it.");
  }
  TrainerOptions &trainer = options.run.trainer;
  if (trainer.steps == 0 && trainer.time.count() == 0) {
    throw Error(ErrorKind::Settings, "Say for how long to adapt: --time 10m, or --steps N.");
  }
  if (trainer.folder.empty()) {
    trainer.folder = options.output;
    trainer.folder.replace_extension(".run");
  }
  ProcessGroup group(launch_from_environment());
  static_cast<StageOptions &>(options.adapt.stage) = settle(command, options.run, group.launch());
  if (options.no_augmentation)
    options.adapt.data = {.augment = false, .mouth_swap = options.adapt.data.mouth_swap};
  options.adapt.trainer = trainer;
  const AdaptResult result = adapt(options.adapt, group);
  if (group.rank() != 0) return 0;
  const DType type = options.precision == "fp32"   ? DType::F32
                     : options.precision == "bf16" ? DType::BF16
                                                   : DType::F16;
  char error[32];
  std::snprintf(error, sizeof error, "%.4f", result.after.mouth_mae);
  write_converted(options.output, result.weights, type,
                  {{"format", "pt"},
                   {"architecture", "HyperLipsBase"},
                   {"adapted_from", std::filesystem::path(options.run.from).filename().string()},
                   {"steps", std::to_string(result.training.step)},
                   {"held_out_mouth_error", error}});
  if (!options.sheet.empty() && !result.sheet.empty()) write_png(options.sheet, draw(result.sheet));
  std::printf("%zu frames to learn from, %zu held out, %lld steps in %.0f s\n",
              result.training_frames, result.held_out_frames, (long long)result.training.step,
              result.training.seconds);
  std::printf("reference pasted  %s\n", text(result.pasted).c_str());
  std::printf("before            %s\n", text(result.before).c_str());
  std::printf("after             %s\n", text(result.after).c_str());
  std::printf("%s\n", options.output.c_str());
  return 0;
}

}  // namespace

void add_adapt(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  TrainerOptions &trainer = options->run.trainer;
  trainer.stage = "adapt";
  trainer.average = 0.99;
  trainer.clip_norm = 1;
  trainer.checkpoint_interval = 1000000;
  trainer.keep = 1;
  trainer.validate_interval = 50;
  trainer.validate_batches = 32;
  trainer.best_by = "mouth";
  trainer.sample_interval = 0;
  options->run.cpu_batch = 8;
  options->run.gpu_batch = 32;
  BaseStageOptions &stage = options->adapt.stage;
  stage.losses = {.sync = 0, .adversarial = 0, .l1 = 1, .gradient = 1, .mouth = 2};
  CLI::App *app = program.add_subcommand(
      "adapt", "Fine-tune HyperLipsBase on one person's own footage, in minutes");
  app->add_option("VIDEOS", options->adapt.videos, "videos of one person, speaking")->required();
  app->add_option("--out", options->output, "the .safetensors file to write")->required();
  app->add_option("--run-folder", trainer.folder,
                  "folder for checkpoints; by default OUT with the ending .run");
  add_run_options(*app, options->run);
  app->add_option("--held-out", options->adapt.held_out,
                  "share of the footage, at its end, to measure with")
      ->capture_default_str();
  app->add_option("--mouth-swap", options->adapt.data.mouth_swap,
                  "share of examples that get another frame's mouth, so that the upper face does "
                  "not give it away")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app->add_flag("--no-augmentation", options->no_augmentation,
                "do not vary light, framing and loudness");
  add_loss_option(*app, {{"sync", &stage.losses.sync},
                         {"adversarial", &stage.losses.adversarial},
                         {"l1", &stage.losses.l1},
                         {"gradient", &stage.losses.gradient},
                         {"mouth", &stage.losses.mouth}});
  app->add_option("--learning-rate", stage.learning_rate)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app->add_option("--export-precision", options->precision, "of the weights in OUT")
      ->check(CLI::IsMember({"fp32", "fp16", "bf16"}))
      ->capture_default_str();
  app->add_option("--sheet", options->sheet,
                  "PNG of held-out frames: reference, input, output, truth");
  app->add_option("--sheet-rows", options->adapt.sheet_rows)
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app->add_flag("--overwrite", options->overwrite, "replace an existing OUT");
  app->callback(
      [options, app, &command] { command = [options, app] { return run(*app, *options); }; });
}

}  // namespace hyperlips::training
