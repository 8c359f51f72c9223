// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "hyperlips/engine/torch/device.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/nn/hyperlips_base.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/commands/clip_data.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/conventions_note.hpp"
#include "training/commands/run_options.hpp"
#include "training/data/base_dataset.hpp"
#include "training/evaluate/evaluation_report.hpp"
#include "training/evaluate/own_mouths_folds.hpp"
#include "training/evaluate/pair_list.hpp"
#include "training/run/signals.hpp"
#include "training/run/starting_weights.hpp"
#include "training/sync/sync_embedder.hpp"
#include "util/quote.hpp"
#include "util/status_line.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  std::vector<std::string> videos, speakers;
  std::filesystem::path list;
  VideoPaths range;  ///< original, first and last
  VideoOptions video;
  DrivenLipsOptions lips;
  RunOptions run;
  ClipDataOptions data;
  std::vector<std::string> own_mouths;
  FoldsOptions folds;
  std::filesystem::path keep;
  std::string model, sync_expert, inception, json, sheet, timing;
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

/// The pairs of the command line and of the list.
std::vector<VideoPaths> pairs_of(const Options &options) {
  std::vector<VideoPaths> pairs;
  const std::size_t count = options.videos.size() / 2;
  if (options.videos.size() % 2 != 0) {
    throw Error(ErrorKind::Settings,
                quote_path(options.videos.back()) +
                    " has no partner: evaluate needs pairs of videos, RESULT and TRUTH.");
  }
  if (!options.speakers.empty() && options.speakers.size() != 1 &&
      options.speakers.size() != count) {
    throw Error(ErrorKind::Settings,
                "--driven-by is given " + std::to_string(options.speakers.size()) + " times for " +
                    std::to_string(count) + " pairs; give it once, or once for each pair.");
  }
  for (std::size_t i = 0; i < count; ++i) {
    VideoPaths pair = options.range;
    pair.result = options.videos[2 * i];
    pair.truth = options.videos[2 * i + 1];
    if (!options.speakers.empty())
      pair.speaker = options.speakers[options.speakers.size() == 1 ? 0 : i];
    pairs.push_back(std::move(pair));
  }
  if (!options.list.empty()) {
    if (!options.speakers.empty() || options.range.first != VideoPaths().first ||
        options.range.last != VideoPaths().last) {
      throw Error(ErrorKind::Settings,
                  "With --list, speakers and frames are in the list, not in --driven-by, --from "
                  "and --to.");
    }
    const auto listed = read_pair_list(options.list);
    pairs.insert(pairs.end(), listed.begin(), listed.end());
  }
  if (pairs.size() > 1 && !options.range.original.empty())
    throw Error(ErrorKind::Settings, "--original can be used with one pair of videos only.");
  return pairs;
}

int evaluate_pairs(const Options &options, torch::Device device) {
  const StopSignals signals;
  std::optional<FidNetwork> fid;
  if (!options.inception.empty()) fid.emplace(options.inception, device);
  std::unique_ptr<SyncEmbedder> sync;
  if (!options.sync_expert.empty()) sync = open_sync_embedder(options.sync_expert, device);
  VideoOptions video = options.video;
  video.sheet_rows = options.sheet.empty() ? 0 : options.sheet_rows;
  video.fid = fid ? &*fid : nullptr;
  video.sync = sync.get();
  std::vector<VideosEvaluation> results;
  ContactSheet sheet;
  for (const VideoPaths &pair : pairs_of(options)) {
    if (signals.stopping() && !results.empty()) break;
    results.push_back(evaluate_videos(pair, video, signals.stopping()));
    const ContactSheet &part = results.back().sheet;
    sheet.labels = part.labels;
    sheet.rows.insert(sheet.rows.end(), part.rows.begin(), part.rows.end());
  }
  if (results.size() == 1) {
    write(options, to_json(results.front()), to_table(results.front()), sheet);
  } else {
    write(options, to_json(results), to_table(results), sheet);
  }
  return 0;
}

/// Re-dubs each clip in folds with its own mouths and compares the results with the clips.
int evaluate_own_mouths(const Options &options) {
  const StopSignals signals;
  StatusLine status({.program = "hyperlips-train"});
  // A folder of its own: several evaluations may run at once.
  const std::filesystem::path folder = options.keep.empty()
                                           ? std::filesystem::temp_directory_path() /
                                                 ("hyperlips-evaluate-" + std::to_string(getpid()))
                                           : options.keep;
  std::filesystem::create_directories(folder);
  VideoOptions video = options.video;
  FoldsOptions folds = options.folds;
  folds.silence = video.silence;
  video.sheet_rows = options.sheet.empty() ? 0 : options.sheet_rows;
  std::vector<VideosEvaluation> results;
  ContactSheet sheet;
  for (const std::string &clip : options.own_mouths) {
    if (signals.stopping()) break;
    const std::filesystem::path result =
        folder / (std::filesystem::path(clip).stem().string() + "-own-mouths.mkv");
    folds.progress = [&](int fold) {
      status.show(clip + ": part " + std::to_string(fold + 1) + " of " +
                  std::to_string(folds.folds));
    };
    redub_in_folds(clip, folds, result.string(), signals.stopping());
    if (!signals.stopping()) {
      results.push_back(evaluate_videos(
          {.result = result.string(), .truth = clip, .original = {}, .speaker = folds.speech},
          video, signals.stopping()));
      const ContactSheet &part = results.back().sheet;
      sheet.labels = part.labels;
      sheet.rows.insert(sheet.rows.end(), part.rows.begin(), part.rows.end());
    }
    if (options.keep.empty()) std::filesystem::remove(result);
  }
  if (options.keep.empty()) std::filesystem::remove_all(folder);
  write(options, to_json(results), to_table(results), sheet);
  return signals.stopping() ? kEndedEarly : 0;
}

int evaluate_model(Options &options, torch::Device device) {
  const StopSignals signals;
  HyperLipsBase network;
  const TensorFile weights = starting_weights(options.model);
  const Conventions trained = conventions_of(weights);
  load_state_dict(*network, weights);
  network->to(device);
  network->eval();
  const ClipData data = open_clips(options.data, options.run);
  const auto &clips =
      options.all_clips || data.clips.validation.empty() ? data.clips.train : data.clips.validation;
  note_conventions(options.model, trained, {crops_of(data), trained.mel_timing}, "the data set");
  const MelTiming timing =
      options.timing.empty() ? trained.mel_timing : parse_mel_timing(options.timing);
  const BaseDataset dataset(clips, data.source, timing);
  std::optional<FidNetwork> fid;
  if (!options.inception.empty()) fid.emplace(options.inception, device);
  DatasetOptions settings;
  settings.seed = options.run.trainer.seed;
  settings.examples = options.examples;
  settings.sheet_rows = options.sheet.empty() ? 0 : options.sheet_rows;
  settings.fid = fid ? &*fid : nullptr;
  settings.progress = [&](std::int64_t) { return !signals.stopping(); };
  const Generate generate = [&](const Batch &batch) {
    return network->forward(batch.at("mels").to(device), batch.at("face").to(device)).cpu();
  };
  const DatasetEvaluation result = evaluate_dataset(dataset, generate, settings);
  nlohmann::ordered_json json = to_json(result);
  std::string table = to_table(result);
  if (options.lips.clips > 0) {
    DrivenLipsOptions driven = options.lips;
    driven.seed = options.run.trainer.seed;
    driven.timing = timing;
    driven.closed_below = options.video.closed_below;
    driven.progress = [&](int) { return !signals.stopping(); };
    const DrivenLips lips = measure_driven_lips(clips, *data.source, generate, driven);
    json["lips"] = to_json(lips);
    table += "\n" + to_table(lips);
  }
  write(options, json, table, result.sheet);
  return 0;
}

int run(Options &options) {
  if (!options.own_mouths.empty()) return evaluate_own_mouths(options);
  const bool pairs = !options.videos.empty() || !options.list.empty();
  const bool model = !options.model.empty() || !options.data.folder.empty();
  if (pairs == model || (model && (options.model.empty() || options.data.folder.empty()))) {
    throw Error(ErrorKind::Settings,
                "evaluate needs pairs of videos, RESULT and TRUTH, or --model and --data, or "
                "--own-mouths.");
  }
  const torch::Device device(
      choose_torch_device(options.run.trainer.device, Precision::Fp32, 0).device);
  return pairs ? evaluate_pairs(options, device) : evaluate_model(options, device);
}

void add_video_options(CLI::App &app, Options &options) {
  app.add_option("PAIRS", options.videos,
                 "a re-dubbed video and the video to compare it with; several pairs are pooled")
      ->type_name("RESULT TRUTH");
  app.add_option("--list", options.list,
                 "text file with a pair per line: RESULT, TRUTH and optionally SPEAKER, FROM, TO, "
                 "separated by tabs");
  app.add_option("--original", options.range.original,
                 "original video that was re-dubbed, also evaluated");
  app.add_option(
         "--driven-by", options.speakers,
         "video of the speaker whose speech RESULT was made with, when TRUTH shows another "
         "speech: RESULT is correlated with its mouth, and with that of TRUTH (leak); once, "
         "or once per pair")
      ->type_name("SPEAKER")
      ->allow_extra_args(false);
  app.add_flag("--silence", options.video.silence,
               "RESULT was driven by silence; with --own-mouths: drive the mouths by silence");
  app.add_option("--closed-below", options.video.closed_below,
                 "mouth openings below this, in face heights, are a closed mouth")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--from", options.range.first, "first frame of TRUTH to compare")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--to", options.range.last, "frame of TRUTH to stop before; default: the end");
}

void add_model_options(CLI::App &app, Options &options) {
  app.add_option("--model", options.model, "HyperLipsBase checkpoint to evaluate on a data set");
  app.add_option("--data", options.data.folder,
                 "data set, a folder or a crop pack; its validation clips are used");
  app.add_option("--filelists", options.data.filelists,
                 "folder of train.txt and val.txt; default: the filelists folder of DATA");
  app.add_flag("--training-clips", options.all_clips, "use the training clips instead");
  app.add_option("--examples", options.examples, "number of examples; 0: one per clip")
      ->capture_default_str();
  app.add_option("--seed", options.run.trainer.seed, "random seed for choosing examples and clips")
      ->capture_default_str();
  app.add_option("--lip-clips", options.lips.clips,
                 "clips whose lips are measured, driven by several sounds; 0: none")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  app.add_option("--lip-frames", options.lips.frames, "successive frames of each of those clips")
      ->check(CLI::Range(int(kFewestForLag), 100000))
      ->capture_default_str();
  app.add_option("--mel-timing", options.timing,
                 "published or inference, see base --help; default: as the model was trained")
      ->check(CLI::IsMember({"published", "inference"}));
}

void add_own_mouths_options(CLI::App &app, Options &options) {
  app.add_option("--own-mouths", options.own_mouths,
                 "clips to re-dub with the person's own mouths, each part with those of the other "
                 "parts, and to compare; pooled")
      ->type_name("CLIP");
  app.add_option("--folds", options.folds.folds, "number of parts of each clip")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  app.add_option(
         "--speech", options.folds.speech,
         "video of a speaker whose speech drives the own mouths; default: that of each clip")
      ->type_name("SPEAKER");
  app.add_option("--keep", options.keep, "folder for the videos of --own-mouths");
}

}  // namespace

void add_evaluate(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  CLI::App *app =
      program.add_subcommand("evaluate", "Evaluate re-dubbed videos, or a model on a data set");
  add_video_options(*app, *options);
  add_model_options(*app, *options);
  add_own_mouths_options(*app, *options);
  app->add_option("--sync-expert", options->sync_expert,
                  "for LSE-C and LSE-D: the published SyncNet, or a checkpoint of sync");
  app->add_option("--inception", options->inception,
                  "for FID: the Inception weights of pytorch-fid");
  app->add_option("--json", options->json, "write the results to this JSON file");
  app->add_option("--sheet", options->sheet, "write a PNG of reference, input, output and truth");
  app->add_option("--sheet-rows", options->sheet_rows, "frames of each pair in the PNG of --sheet")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app->add_option("--device", options->run.trainer.device, "device: auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  app->callback([options, &command] { command = [options] { return run(*options); }; });
}

}  // namespace hyperlips::training
