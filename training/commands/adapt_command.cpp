// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/model/convert.hpp"
#include "training/adapt/adapt.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/conventions_note.hpp"
#include "training/commands/crop_option.hpp"
#include "training/commands/hr_loss_files.hpp"
#include "training/commands/loss_option.hpp"
#include "training/commands/run_options.hpp"
#include "training/commands/weights_output.hpp"
#include "training/preprocess/clip_offset.hpp"
#include "training/run/starting_weights.hpp"
#include "util/file_hash.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

/// Speech and the upper face differ least between people, so pretrained encoders fit new ones;
/// frozen, they make a step considerably faster.
const std::vector<std::string> kEncoders{"face_encoder", "hyper_control_net.audio_encoder"};

/// What else depends on the speech alone: seconds of one person's speech would only make it forget
/// how the lips of others follow theirs.
const std::vector<PartRate> kSpeechRates{{"hyper_control_net.aspp_a", 0.1},
                                         {"hyper_control_net.hnet0", 0.1},
                                         {"hyper_control_net.hnet1", 0.1},
                                         {"hyper_control_net.hnet2", 0.1},
                                         {"hyper_control_net.hnet3", 0.1}};

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

/// The size of the HR network's pictures; loads the network that it starts from, if any.
int open_hr_start(const Options &options, HrStageOptions &stage) {
  if (options.hr_from.empty()) {
    if (options.hr_size) return options.hr_size;
    throw Error(ErrorKind::Settings,
                "--hr-out needs --hr-from MODEL, or --hr-size 128, 256 or 512 for a new HR "
                "network.");
  }
  StoredNetwork network = stored_network(read_checkpoint(options.hr_from), "hr");
  const int size = 128 * (network.architecture.back() - '0');
  if (options.hr_size && options.hr_size != size) {
    throw Error(ErrorKind::Settings, "--hr-size is " + std::to_string(options.hr_size) + ", but " +
                                         quote_path(options.hr_from) + " makes pictures of " +
                                         std::to_string(size) + " pixels; omit --hr-size.");
  }
  stage.start = std::move(network.weights);
  return size;
}

/// Completes the options of the HR network, if one is trained.
void complete_hr_options(Options &options, const StageOptions &common) {
  if (options.hr_output.empty()) {
    if (!options.hr_from.empty() || options.hr_size)
      throw Error(ErrorKind::Settings,
                  "--hr-from and --hr-size need an output file for the HR network: --hr-out FILE.");
    return;
  }
  HrStageOptions &stage = options.hr.stage;
  static_cast<StageOptions &>(stage) = common;
  stage.start = std::nullopt;
  stage.frozen.clear();
  stage.part_rates.clear();
  stage.scale = open_hr_start(options, stage) / 128;
  // A new network has no statistics to keep.
  stage.keep_norms = stage.start.has_value();
  stage.betas = options.adapt.stage.betas;
  read_hr_loss_files(options.hr_loss_files, stage);
  options.hr.inputs = {{"--hr-from", options.hr_from.empty() ? "none" : file_hash(options.hr_from)},
                       {"--hr-size", std::to_string(options.hr.size())}};
  // About as many pixels per step as for the base network.
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
  std::printf(
      "%lld steps in %.0f s; %lld frames for training, %lld for choosing the best weights\n",
      (long long)result.training.step, result.training.seconds, (long long)result.training_frames,
      (long long)result.selection_frames);
  for (std::size_t i = 0; i < result.offsets.size(); ++i)
    std::printf("%s: %s\n", quote_path(options.adapt.videos[i]).c_str(),
                describe(result.offsets[i]).c_str());
  std::printf("On the last %lld frames, which were used for nothing else:\n",
              (long long)result.report_frames);
  std::printf("reference pasted  %s\n", text(result.pasted).c_str());
  if (result.before) std::printf("before            %s\n", text(*result.before).c_str());
  std::printf("after             %s\n", text(result.after).c_str());
  std::printf("training frames   %s\n", text(result.learned).c_str());
  std::printf("%s\n", options.output.c_str());
  if (result.hr) print(*result.hr, options.hr_output);
}

void write_networks(const AdaptResult &result, const Options &options) {
  const DType type = stored_type(options.precision);
  std::map<std::string, std::string> metadata{
      {"format", "pt"},
      {"architecture", "HyperLipsBase"},
      {"steps", std::to_string(result.training.step)},
      {"held_out_mouth_error", number(result.after.mouth_mae)}};
  metadata.merge(to_metadata({options.adapt.framing, options.adapt.data.timing}));
  if (!options.run.from.empty())
    metadata["adapted_from"] = std::filesystem::path(options.run.from).filename().string();
  write_converted(options.output, result.weights, type, metadata);
  if (result.hr) {
    write_converted(options.hr_output, result.hr->weights, type,
                    {{"format", "pt"},
                     {"crop", to_string(options.adapt.framing)},
                     {"architecture", "HRDecoder x" + std::to_string(options.hr.stage.scale)},
                     {"adapted_from", std::filesystem::path(options.hr_from).filename().string()},
                     {"base", options.output.filename().string()},
                     {"steps", std::to_string(result.hr->training.step)},
                     {"held_out_psnr", number(result.hr->after.psnr)}});
  }
}

/// What a run is made of besides the footage: a run with other inputs in the folder is not resumed.
void name_inputs(Options &options, bool new_network) {
  TrainerOptions &trainer = options.run.trainer;
  const BaseLosses &losses = options.adapt.stage.losses;
  if (new_network) trainer.inputs["--from"] = "none";
  std::ostringstream text;
  for (const double weight : {losses.sync, losses.adversarial, losses.l1, losses.gradient,
                              losses.mouth, losses.upper_half})
    text << weight << ' ';
  trainer.inputs["--loss"] = text.str();
  text.str({});
  for (const std::string &part : options.run.frozen) text << part << ' ';
  trainer.inputs["--freeze and --train-all"] = text.str();
  trainer.replace_other_run = true;
}

int run(const CLI::App &command, Options &options) {
  if (!options.overwrite) {
    refuse_existing(options.output);
    refuse_existing(options.hr_output);
  }
  TrainerOptions &trainer = options.run.trainer;
  if (trainer.steps == 0 && trainer.time.count() == 0) {
    throw Error(ErrorKind::Settings, "adapt needs a length: --time (such as 10m) or --steps.");
  }
  const bool temporary = trainer.folder.empty();
  if (temporary) {
    trainer.folder = options.output;
    trainer.folder.replace_extension(".run");
  }
  ProcessGroup group(launch_from_environment());
  const bool new_network = options.run.from.empty();
  if (!options.train_all && !new_network) {
    options.run.frozen.insert(options.run.frozen.end(), kEncoders.begin(), kEncoders.end());
    // Those of the command line come last and count.
    options.run.part_rates.insert(options.run.part_rates.begin(), kSpeechRates.begin(),
                                  kSpeechRates.end());
  }
  StageOptions stage = resolve(command, options.run, group.launch());
  // A run of minutes is too short to gather new statistics.
  stage.keep_norms = !new_network;
  static_cast<StageOptions &>(options.adapt.stage) = stage;
  if (stage.start)
    options.adapt.data.timing = options.hr.timing = conventions_of(*stage.start).mel_timing;
  use_conventions(options.run, {options.adapt.framing, options.adapt.data.timing});
  complete_hr_options(options, stage);
  options.adapt.data.augment = !options.no_augmentation;
  name_inputs(options, new_network);
  options.adapt.trainer = trainer;
  const AdaptResult result = adapt(options.adapt, group);
  if (group.rank() != 0) return 0;
  write_networks(result, options);
  if (!options.sheet.empty() && !result.sheet.empty()) write_png(options.sheet, draw(result.sheet));
  print(result, options);
  if (result.training.interrupted || (result.hr && result.hr->training.interrupted)) {
    std::printf("Stopped by a signal; run the same command with --overwrite to resume.\n");
    return kEndedEarly;
  }
  if (temporary) std::filesystem::remove_all(trainer.folder);
  return 0;
}

/// The defaults that differ from those of "base" and "hr".
void set_defaults(Options &options) {
  TrainerOptions &trainer = options.run.trainer;
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
  options.run.cpu_batch = 8;
  options.run.gpu_batch = 32;
  BaseStageOptions &stage = options.adapt.stage;
  stage.losses = {
      .sync = 0, .adversarial = 0, .l1 = 1, .gradient = 2, .mouth = 2, .upper_half = 0.2};
  stage.learning_rate = 1e-3;
  // The published beta2 averages over about a thousand steps, most of such a run.
  stage.betas = {0.9, 0.99};
  HrLosses &hr_losses = options.hr.stage.losses;
  hr_losses.adversarial = 0;
  hr_losses.gradient = 1;
  options.hr.stage.learning_rate = 5e-4;
}

void add_base_options(CLI::App &app, Options &options) {
  BaseStageOptions &stage = options.adapt.stage;
  app.add_option("--held-out", options.adapt.held_out,
                 "fraction of the footage, at its end, held out for the report")
      ->capture_default_str();
  app.add_option("--selection", options.adapt.selection,
                 "fraction of the footage, before that, by which the best weights are chosen")
      ->capture_default_str();
  app.add_option("--even-openings", options.adapt.data.even_openings,
                 "fraction of examples drawn evenly over the opening of the mouth, so that wide "
                 "mouths, which are rare, are learned too")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--estimate-norms", options.adapt.estimate_norms,
               "first replace the statistics of the norms by those of the footage");
  app.add_option("--mouth-swap", options.adapt.data.mouth_swap,
                 "fraction of examples that get the mouth of another frame, so that the network "
                 "cannot infer the mouth from the upper face")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  add_crop_option(app, options.adapt.framing);
  add_offset_option(app, options.adapt.offset);
  app.add_flag("--no-augmentation", options.no_augmentation,
               "do not vary light, framing and loudness");
  add_loss_option(app, {{"sync", &stage.losses.sync},
                        {"adversarial", &stage.losses.adversarial},
                        {"l1", &stage.losses.l1},
                        {"gradient", &stage.losses.gradient},
                        {"mouth", &stage.losses.mouth},
                        {"upper-half", &stage.losses.upper_half}});
  app.add_option("--learning-rate", stage.learning_rate, "initial learning rate of Adam")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--train-all", options.train_all,
               "train the face and audio encoders, which are frozen by default, and what follows "
               "the audio encoder at the full learning rate instead of a tenth");
}

void add_hr_options(CLI::App &app, Options &options) {
  app.add_option("--hr-from", options.hr_from, "HR network to fine-tune after the base network");
  app.add_option("--hr-size", options.hr_size,
                 "train a new HR network of this output size in pixels")
      ->check(CLI::IsMember({128, 256, 512}));
  app.add_option("--hr-out", options.hr_output, "output .safetensors file of the HR network");
  app.add_option("--hr-share", options.hr.share,
                 "fraction of the steps and the time for the HR network")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--hr-learning-rate", options.hr.stage.learning_rate,
                 "initial learning rate of the HR network")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  add_hr_loss_files(app, options.hr_loss_files);
}

void add_output_options(CLI::App &app, Options &options) {
  app.add_option("--export-precision", options.precision, "of the weights in OUT")
      ->check(CLI::IsMember({"fp32", "fp16", "bf16"}))
      ->capture_default_str();
  app.add_option("--sheet", options.sheet,
                 "write a PNG of frames of the report: reference, input, output, HR output, truth");
  app.add_option("--sheet-rows", options.adapt.sheet_rows, "frames in the PNG of --sheet")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_flag("--overwrite", options.overwrite, "replace existing output files");
}

}  // namespace

void add_adapt(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  set_defaults(*options);
  CLI::App *app = program.add_subcommand(
      "adapt",
      "Fine-tune HyperLipsBase, and optionally HRDecoder, to one person's footage in minutes; "
      "without --from, train a new network for that person");
  app->add_option("VIDEOS", options->adapt.videos, "videos of one person speaking")->required();
  app->add_option("--out", options->output, "output .safetensors file")->required();
  app->add_option("--run-folder", options->run.trainer.folder,
                  "folder for checkpoints; default: OUT with the extension .run");
  add_run_options(*app, options->run);
  add_base_options(*app, *options);
  add_hr_options(*app, *options);
  add_output_options(*app, *options);
  app->callback(
      [options, app, &command] { command = [options, app] { return run(*app, *options); }; });
}

}  // namespace hyperlips::training
