// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/adapt.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "hyperlips/error.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/adapt/norm_statistics.hpp"
#include "training/evaluate/crop_measures.hpp"
#include "training/preprocess/clip_offset.hpp"
#include "training/preprocess/face_clip_reader.hpp"
#include "training/preprocess/sync_check.hpp"
#include "util/file_hash.hpp"

namespace hyperlips::training {
namespace {

// Enough for stable means; more would take time from training.
constexpr std::int64_t kMeasuredFrames = 200;
// Of the footage's examples, for the statistics of norms.
constexpr int kNormBatches = 16, kNormBatch = 16;

/// Corrects the sound of the clips of one video.
SoundOffset correct_sound(std::vector<FoundClip> &clips, const std::optional<int> &wanted) {
  SoundOffset offset;
  if (wanted) {
    offset.frames = *wanted;
    offset.certain = true;
  } else {
    std::vector<const FaceClip *> all;
    for (const FoundClip &found : clips) all.push_back(&found.clip);
    offset = ClipOffset()(all);
  }
  if (offset.frames != 0)
    for (FoundClip &found : clips) shift_sound(found, -offset.frames);
  return offset;
}

std::vector<FaceClip> read_footage(const AdaptOptions &options, std::vector<SoundOffset> &offsets) {
  std::vector<FaceClip> clips;
  const std::atomic<bool> cancel = false;
  for (const std::string &video : options.videos) {
    ClipReaderOptions reader;
    // The user chose footage with speech.
    reader.min_speech = 0;
    reader.framing = options.framing;
    if (options.hr) reader.native_resolution = options.hr->size();
    std::vector<FoundClip> found;
    read_face_clips(
        video, reader, cancel, [&](FoundClip &&clip) { found.push_back(std::move(clip)); },
        [](const DroppedSegment &) {});
    offsets.push_back(correct_sound(found, options.offset));
    for (FoundClip &clip : found) clips.push_back(std::move(clip.clip));
  }
  return clips;
}

void check(const AdaptOptions &options) {
  const auto is_fraction = [](double value) { return value > 0 && value < 1; };
  if (!is_fraction(options.held_out) || !is_fraction(options.selection) ||
      options.held_out + options.selection >= 1) {
    throw Error(ErrorKind::Settings,
                "Invalid held-out fractions: expected --held-out and --selection between 0 and 1, "
                "less than 1 together.");
  }
  if (options.trainer.validate_interval < 1)
    throw Error(ErrorKind::Settings,
                "adapt chooses its weights by validation: --validate-interval must not be 0.");
  if (options.hr) check(*options.hr);
}

TrainResult train_base(const AdaptOptions &options, const TrainerOptions &run,
                       std::shared_ptr<const Dataset> training,
                       std::shared_ptr<const Dataset> selection, ProcessGroup &group) {
  BaseStage stage(options.stage);
  if (options.estimate_norms && options.stage.start) {
    HyperLipsBase network(
        std::dynamic_pointer_cast<HyperLipsBaseImpl>(stage.trained().front().network));
    estimate_norms(network, *training, run.seed, kNormBatches, kNormBatch, options.stage.device);
  }
  Trainer trainer(stage, std::move(training), std::move(selection), run, group);
  return trainer.run();
}

}  // namespace

RunInputs footage_inputs(const AdaptOptions &options) {
  std::string footage;
  for (const std::string &video : options.videos) footage += file_hash(video);
  char split[64];
  std::snprintf(split, sizeof split, "%g %g", options.selection, options.held_out);
  return {{"footage", footage},
          {"--selection and --held-out", split},
          {"--crop", to_string(options.framing)},
          {"--offset", options.offset ? std::to_string(*options.offset) : "auto"}};
}

AdaptResult adapt(const AdaptOptions &options, ProcessGroup &group) {
  check(options);
  AdaptOptions chosen = options;
  chosen.trainer.inputs.merge(footage_inputs(options));
  AdaptResult result;
  const FootageSplit footage =
      split_footage(read_footage(options, result.offsets), options.selection, options.held_out);
  const auto training = std::make_shared<AdaptDataset>(footage.training, options.data);
  const cv::Mat reference = footage.training.front()->crops.front();
  const auto selection = std::make_shared<HeldOutDataset>(
      footage.selection, reference, spread_step(footage.selection, kMeasuredFrames),
      options.data.timing);
  const HeldOutDataset report(footage.report, reference, 1, options.data.timing),
      learned(footage.training, reference, 1, options.data.timing);
  const ChosenFrames frames = spread_frames(footage.report, kMeasuredFrames);
  const ChosenFrames learned_frames = spread_frames(footage.training, kMeasuredFrames);

  const torch::Device &device = options.stage.device;
  result.training_frames = frames_in(footage.training);
  result.selection_frames = frames_in(footage.selection);
  result.report_frames = frames_in(footage.report);
  FaceMesh mesh;
  HyperLipsBase network;
  if (options.stage.start) {
    load_state_dict(*network, *options.stage.start);
    result.before = measure(mesh, frames, generate(network, report, frames, device));
  }
  std::vector<cv::Mat> pasted;
  for (const cv::Mat &crop : frames.crops) pasted.push_back(paste_lower_half(crop, reference));
  result.pasted = measure(mesh, frames, pasted);

  const TrainerOptions run = scale_budget(chosen.trainer, options.hr ? 1 - options.hr->share : 1);
  result.training = train_base(options, run, training, selection, group);
  result.weights = best_weights(run);
  load_state_dict(*network, result.weights);
  const std::vector<cv::Mat> pictures = generate(network, report, frames, device);
  result.after = measure(mesh, frames, pictures);
  result.learned =
      measure(mesh, learned_frames, generate(network, learned, learned_frames, device));
  result.sheet = make_sheet(frames, reference, {{"output", pictures}, {"truth", frames.crops}},
                            options.sheet_rows);
  if (options.hr && !result.training.interrupted) {
    result.hr = adapt_hr(*options.hr, network, footage, chosen.trainer, options.sheet_rows, group);
    result.sheet = result.hr->sheet;
  }
  return result;
}

}  // namespace hyperlips::training
