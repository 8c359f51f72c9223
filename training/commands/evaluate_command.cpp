// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "hyperlips/engine/device.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/nn/hyperlips_base.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/commands/clip_data.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/run_options.hpp"
#include "training/data/base_dataset.hpp"
#include "training/evaluate/evaluation_report.hpp"
#include "training/run/signals.hpp"
#include "training/run/starting_weights.hpp"
#include "training/sync/sync_embedder.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  VideoPaths videos;
  RunOptions run;
  ClipDataOptions data;
  std::string model, sync_expert, inception, json, sheet, timing = "inference";
  std::int64_t examples = 0;
  int sheet_rows = 6;
  bool all_clips = false;
};

void write(const Options &options, const nlohmann::ordered_json &json, const std::string &table,
           const ContactSheet &sheet) {
  std::printf("%s", table.c_str());
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    file << json.dump(2) << '\n';
    if (!file.flush())
      throw Error(ErrorKind::Failed, "Cannot write file " + quote_path(options.json) + ".");
  }
  if (!options.sheet.empty()) write_png(options.sheet, draw(sheet));
}

int evaluate_pair(const Options &options, torch::Device device) {
  const StopSignals signals;
  std::optional<FidNetwork> fid;
  if (!options.inception.empty()) fid.emplace(options.inception, device);
  std::unique_ptr<SyncEmbedder> sync;
  if (!options.sync_expert.empty()) sync = open_sync_embedder(options.sync_expert, device);
  VideoOptions video;
  video.sheet_rows = options.sheet.empty() ? 0 : options.sheet_rows;
  video.fid = fid ? &*fid : nullptr;
  video.sync = sync.get();
  const VideosEvaluation result = evaluate_videos(options.videos, video, signals.stopping());
  write(options, to_json(result), to_table(result), result.sheet);
  return 0;
}

int evaluate_model(Options &options, torch::Device device) {
  const StopSignals signals;
  HyperLipsBase network;
  load_state_dict(*network, starting_weights(options.model));
  network->to(device);
  network->eval();
  const ClipData data = open_clips(options.data, options.run);
  const auto &clips =
      options.all_clips || data.clips.validation.empty() ? data.clips.train : data.clips.validation;
  const BaseDataset dataset(
      clips, data.source,
      options.timing == "published" ? MelTiming::Published : MelTiming::Inference);
  std::optional<FidNetwork> fid;
  if (!options.inception.empty()) fid.emplace(options.inception, device);
  DatasetOptions settings;
  settings.seed = options.run.trainer.seed;
  settings.examples = options.examples;
  settings.sheet_rows = options.sheet.empty() ? 0 : options.sheet_rows;
  settings.fid = fid ? &*fid : nullptr;
  settings.progress = [&](std::int64_t) { return !signals.stopping(); };
  const auto generate = [&](const Batch &batch) {
    return network->forward(batch.at("mels").to(device), batch.at("face").to(device)).cpu();
  };
  const DatasetEvaluation result = evaluate_dataset(dataset, generate, settings);
  write(options, to_json(result), to_table(result), result.sheet);
  return 0;
}

int run(Options &options) {
  const torch::Device device(choose_device(options.run.trainer.device, Precision::Fp32).device);
  const bool pair = !options.videos.result.empty() || !options.videos.truth.empty();
  const bool model = !options.model.empty() || !options.data.folder.empty();
  if (pair == model || (pair && (options.videos.result.empty() || options.videos.truth.empty())) ||
      (model && (options.model.empty() || options.data.folder.empty()))) {
    throw Error(ErrorKind::Settings,
                "evaluate needs either two videos, RESULT and TRUTH, or --model and --data.");
  }
  return pair ? evaluate_pair(options, device) : evaluate_model(options, device);
}

}  // namespace

void add_evaluate(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  CLI::App *app =
      program.add_subcommand("evaluate", "Evaluate a re-dubbed video, or a model on a data set");
  app->add_option("RESULT", options->videos.result, "a re-dubbed video");
  app->add_option("TRUTH", options->videos.truth, "reference video to compare with");
  app->add_option("--original", options->videos.original,
                  "original video that was re-dubbed, also evaluated");
  app->add_option("--model", options->model, "HyperLipsBase checkpoint to evaluate on a data set");
  app->add_option("--data", options->data.folder,
                  "data set, a folder or a crop pack; its validation clips are used");
  app->add_option("--filelists", options->data.filelists,
                  "folder of train.txt and val.txt; default: the filelists folder of DATA");
  app->add_flag("--training-clips", options->all_clips, "use the training clips instead");
  app->add_option("--examples", options->examples, "number of examples; 0: one per clip")
      ->capture_default_str();
  app->add_option("--seed", options->run.trainer.seed, "random seed for choosing examples")
      ->capture_default_str();
  app->add_option("--mel-timing", options->timing, "published or inference, see base --help")
      ->check(CLI::IsMember({"published", "inference"}))
      ->capture_default_str();
  app->add_option("--sync-expert", options->sync_expert,
                  "for LSE-C and LSE-D: the published SyncNet, or a checkpoint of sync");
  app->add_option("--inception", options->inception,
                  "for FID: the Inception weights of pytorch-fid");
  app->add_option("--json", options->json, "write the results to this JSON file");
  app->add_option("--sheet", options->sheet, "write a PNG of reference, input, output and truth");
  app->add_option("--sheet-rows", options->sheet_rows, "frames in the PNG of --sheet")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app->add_option("--device", options->run.trainer.device, "device: auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  app->callback([options, &command] { command = [options] { return run(*options); }; });
}

}  // namespace hyperlips::training
