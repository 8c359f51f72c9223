// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/adapt.hpp"

#include <algorithm>
#include <atomic>

#include "hyperlips/error.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/evaluate/crop_measures.hpp"
#include "training/preprocess/face_clip_reader.hpp"

namespace hyperlips::training {
namespace {

// Enough for stable means; more would take time from training.
constexpr std::int64_t kMeasuredFrames = 200;

std::vector<FaceClip> read_footage(const AdaptOptions &options) {
  std::vector<FaceClip> clips;
  const std::atomic<bool> cancel = false;
  for (const std::string &video : options.videos) {
    ClipReaderOptions reader;
    // The user chose footage with speech.
    reader.min_speech = 0;
    if (options.hr) reader.native_resolution = options.hr->size();
    read_face_clips(
        video, reader, cancel, [&](FoundClip &&found) { clips.push_back(std::move(found.clip)); },
        [](const DroppedSegment &) {});
  }
  return clips;
}

}  // namespace

AdaptResult adapt(const AdaptOptions &options, ProcessGroup &group) {
  if (!(options.held_out > 0 && options.held_out < 1)) {
    throw Error(ErrorKind::Settings,
                "Invalid held-out fraction: expected a number between 0 and 1.");
  }
  if (options.hr) check(*options.hr);
  const HeldOutSplit footage = split_footage(read_footage(options), options.held_out);
  const auto training = std::make_shared<AdaptDataset>(footage.training, options.data);
  const cv::Mat reference = footage.training.front()->crops.front();
  const auto held_out = std::make_shared<HeldOutDataset>(footage.held_out, reference);
  const HeldOutDataset learned(footage.training, reference);
  const ChosenFrames frames = spread_frames(footage.held_out, kMeasuredFrames);
  const ChosenFrames learned_frames = spread_frames(footage.training, kMeasuredFrames);

  const torch::Device &device = options.stage.device;
  AdaptResult result;
  result.training_frames = std::size_t(training->epoch());
  result.held_out_frames = std::size_t(held_out->epoch());
  FaceMesh mesh;
  HyperLipsBase network;
  if (options.stage.start) {
    load_state_dict(*network, *options.stage.start);
    result.before = measure(mesh, frames, generate(network, *held_out, frames, device));
  }
  std::vector<cv::Mat> pasted;
  for (const cv::Mat &crop : frames.crops) pasted.push_back(paste_lower_half(crop, reference));
  result.pasted = measure(mesh, frames, pasted);

  const TrainerOptions trainer_options =
      scale_budget(options.trainer, options.hr ? 1 - options.hr->share : 1);
  {
    BaseStage stage(options.stage);
    Trainer trainer(stage, training, held_out, trainer_options, group);
    result.training = trainer.run();
  }
  result.weights = best_weights(trainer_options);
  load_state_dict(*network, result.weights);
  const std::vector<cv::Mat> pictures = generate(network, *held_out, frames, device);
  result.after = measure(mesh, frames, pictures);
  result.learned =
      measure(mesh, learned_frames, generate(network, learned, learned_frames, device));
  result.sheet = make_sheet(frames, reference, {{"output", pictures}, {"truth", frames.crops}},
                            options.sheet_rows);
  if (options.hr && !result.training.interrupted) {
    result.hr = adapt_hr(*options.hr, network, footage, options.trainer, options.sheet_rows, group);
    result.sheet = result.hr->sheet;
  }
  return result;
}

}  // namespace hyperlips::training
