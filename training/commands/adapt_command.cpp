// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "hyperlips/engine/network_shapes.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/model/convert.hpp"
#include "training/adapt/adapt.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/hr_loss_files.hpp"
#include "training/commands/loss_option.hpp"
#include "training/commands/run_options.hpp"
#include "training/commands/weights_output.hpp"
#include "training/run/starting_weights.hpp"

namespace hyperlips::training {
namespace {

/// Generic enough to serve beginners, and what speech and upper face look like changes least from
/// one person to the next; without them a step takes a fraction of the time.
const std::vector<std::string> kEncoders{"face_encoder", "hyper_control_net.audio_encoder"};

struct Options {
  RunOptions run;
  AdaptOptions adapt;
  AdaptHrOptions hr;
  HrLossFiles hr_loss_files;
  std::string hr_from;
  int hr_size = 0;
  std::filesystem::path output, hr_output;
  std::string precision = "fp16", sheet;
  bool no_augmentation = false, overwrite = false, train_all = false;
};

std::string text(const AdaptMeasures &measures) {
  char line[96];
  std::snprintf(line, sizeof line, "mouth error %.4f, opening correlation ", measures.mouth_mae);
  std::string text = line;
  if (!measures.opening_corr) return text + "none";
  std::snprintf(line, sizeof line, "%.3f", *measures.opening_corr);
  return text + line;
}

std::string text(const HrMeasures &measures) {
  char line[96];
  std::snprintf(line, sizeof line, "PSNR %.2f dB, mouth error %.4f", measures.psnr,
                measures.mouth_mae);
  return line;
}

/// "0.0375"
std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

/// Fills in what the options say of the HR network, if they want one.
void settle_hr(Options &options, const StageOptions &common) {
  if (options.hr_output.empty()) {
    if (!options.hr_from.empty() || options.hr_size)
      throw Error(ErrorKind::Settings, "Say where the HR network goes: --hr-out FILE.");
    return;
  }
  HrStageOptions &stage = options.hr.stage;
  static_cast<StageOptions &>(stage) = common;
  stage.start = std::nullopt;
  stage.frozen.clear();
  int size = options.hr_size;
  if (!options.hr_from.empty()) {
    HeldNetwork held = held_network(read_checkpoint(options.hr_from), "hr");
    const int held_size = int(network_shapes(held.architecture).outputs.front().shape.back());
    if (size != 0 && size != held_size) {
      throw Error(ErrorKind::Settings, options.hr_from + " makes pictures of " +
                                           std::to_string(held_size) + " pixels, not of " +
                                           std::to_string(size) + "; leave out --hr-size.");
    }
    size = held_size;
    stage.start = std::move(held.weights);
  }
  if (size == 0) {
    throw Error(ErrorKind::Settings,
                "Say what the HR network starts from: --hr-from MODEL, or --hr-size 128, 256 or "
                "512 for a new one.");
  }
  stage.scale = size / 128;
  // A new network has no statistics to keep.
  stage.keep_norms = stage.start.has_value();
  stage.betas = options.adapt.stage.betas;
  read_hr_loss_files(options.hr_loss_files, stage);
  // As many pixels in a step as the base network's, as far as whole pictures go.
  options.hr.batch = std::max(1, options.run.trainer.batch / (stage.scale * stage.scale));
  options.adapt.hr = options.hr;
}

void print(const AdaptHrResult &hr, const std::filesystem::path &output) {
  std::printf("HR network: %lld steps in %.0f s, faces of %.0f pixels\n",
              (long long)hr.training.step, hr.training.seconds, hr.face_pixels);
  std::printf("enlarged only     %s\n", text(hr.enlarged).c_str());
  if (hr.before) std::printf("before            %s\n", text(*hr.before).c_str());
  std::printf("after             %s\n", text(hr.after).c_str());
  std::printf("%s\n", output.c_str());
}

void print(const AdaptResult &result, const Options &options) {
  std::printf("%zu frames to learn from, %zu held out, %lld steps in %.0f s\n",
              result.training_frames, result.held_out_frames, (long long)result.training.step,
              result.training.seconds);
  std::printf("reference pasted  %s\n", text(result.pasted).c_str());
  if (result.before) std::printf("before            %s\n", text(*result.before).c_str());
  std::printf("after             %s\n", text(result.after).c_str());
  std::printf("on learned frames %s\n", text(result.learned).c_str());
  std::printf("%s\n", options.output.c_str());
  if (result.hr) print(*result.hr, options.hr_output);
}

int run(const CLI::App &command, Options &options) {
  if (!options.overwrite) {
    refuse_existing(options.output);
    refuse_existing(options.hr_output);
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
  const bool new_network = options.run.from.empty();
  if (!options.train_all && !new_network)
    options.run.frozen.insert(options.run.frozen.end(), kEncoders.begin(), kEncoders.end());
  StageOptions stage = settle(command, options.run, group.launch());
  // Minutes are too short to gather the statistics of another face.
  stage.keep_norms = !new_network;
  static_cast<StageOptions &>(options.adapt.stage) = stage;
  settle_hr(options, stage);
  if (options.no_augmentation)
    options.adapt.data = {.augment = false, .mouth_swap = options.adapt.data.mouth_swap};
  options.adapt.trainer = trainer;
  const AdaptResult result = adapt(options.adapt, group);
  if (group.rank() != 0) return 0;
  const DType type = stored_type(options.precision);
  std::map<std::string, std::string> facts{
      {"format", "pt"},
      {"architecture", "HyperLipsBase"},
      {"steps", std::to_string(result.training.step)},
      {"held_out_mouth_error", number(result.after.mouth_mae)}};
  if (!new_network)
    facts["adapted_from"] = std::filesystem::path(options.run.from).filename().string();
  write_converted(options.output, result.weights, type, facts);
  if (result.hr) {
    write_converted(options.hr_output, result.hr->weights, type,
                    {{"format", "pt"},
                     {"architecture", "HRDecoder x" + std::to_string(options.hr.stage.scale)},
                     {"adapted_from", std::filesystem::path(options.hr_from).filename().string()},
                     {"base", options.output.filename().string()},
                     {"steps", std::to_string(result.hr->training.step)},
                     {"held_out_psnr", number(result.hr->after.psnr)}});
  }
  if (!options.sheet.empty() && !result.sheet.empty()) write_png(options.sheet, draw(result.sheet));
  print(result, options);
  if (result.training.interrupted || (result.hr && result.hr->training.interrupted)) {
    std::printf("Stopped by a signal; the same command with --overwrite goes on.\n");
    return kEndedEarly;
  }
  return 0;
}

}  // namespace

void add_adapt(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  TrainerOptions &trainer = options->run.trainer;
  trainer.stage = "adapt";
  trainer.average = 0.95;
  trainer.clip_norm = 1;
  trainer.warm_up = 30;
  trainer.final_rate = 0.02;
  trainer.checkpoint_interval = 1000000;
  trainer.keep = 1;
  trainer.validate_interval = 100;
  trainer.validate_batches = 32;
  trainer.best_by = "mouth";
  trainer.sample_interval = 0;
  options->run.cpu_batch = 8;
  options->run.gpu_batch = 32;
  BaseStageOptions &stage = options->adapt.stage;
  stage.losses = {
      .sync = 0, .adversarial = 0, .l1 = 1, .gradient = 2, .mouth = 2, .upper_half = 0.2};
  stage.learning_rate = 1e-3;
  // Adam's memory of hundreds of steps would be most of the run.
  stage.betas = {0.9, 0.99};
  HrLosses &hr_losses = options->hr.stage.losses;
  hr_losses.adversarial = 0;
  hr_losses.gradient = 1;
  options->hr.stage.learning_rate = 5e-4;
  CLI::App *app = program.add_subcommand(
      "adapt",
      "Fine-tune HyperLipsBase (and HRDecoder) on one person's own footage, in minutes; without "
      "--from a new network learns that person alone");
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
                         {"mouth", &stage.losses.mouth},
                         {"upper-half", &stage.losses.upper_half}});
  app->add_option("--learning-rate", stage.learning_rate)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app->add_flag("--train-all", options->train_all,
                "train the encoders of face and speech too, which otherwise stay as they are");
  app->add_option("--hr-from", options->hr_from, "the HR network to fine-tune after the base");
  app->add_option("--hr-size", options->hr_size, "train a new HR network of this size instead")
      ->check(CLI::IsMember({128, 256, 512}));
  app->add_option("--hr-out", options->hr_output, "the .safetensors file of the HR network");
  app->add_option("--hr-share", options->hr.share,
                  "part of the steps and the time that goes to the HR network")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app->add_option("--hr-learning-rate", options->hr.stage.learning_rate)
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_hr_loss_files(*app, options->hr_loss_files);
  app->add_option("--export-precision", options->precision, "of the weights in OUT")
      ->check(CLI::IsMember({"fp32", "fp16", "bf16"}))
      ->capture_default_str();
  app->add_option("--sheet", options->sheet,
                  "PNG of held-out frames: reference, input, output, HR output, truth");
  app->add_option("--sheet-rows", options->adapt.sheet_rows)
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app->add_flag("--overwrite", options->overwrite, "replace an existing OUT");
  app->callback(
      [options, app, &command] { command = [options, app] { return run(*app, *options); }; });
}

}  // namespace hyperlips::training
