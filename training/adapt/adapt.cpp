// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/adapt.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "error.hpp"
#include "face/mesh.hpp"
#include "face/tensor.hpp"
#include "nn/state_dict.hpp"
#include "training/evaluate/landmark_measures.hpp"
#include "training/preprocess/face_clip_reader.hpp"
#include "training/run/checkpoint_folder.hpp"
#include "training/run/starting_weights.hpp"

namespace hyperlips::training {
namespace {

// Enough for stable means; more only costs time that adapting could use.
constexpr std::int64_t kMeasuredFrames = 400;
constexpr int kMeasureBatch = 8;

std::vector<FaceClip> read_footage(const AdaptOptions &options) {
  std::vector<FaceClip> clips;
  const std::atomic<bool> cancel = false;
  for (const std::string &video : options.videos) {
    ClipReaderOptions reader;
    // Whoever brings own footage knows that somebody speaks in it.
    reader.min_speech = 0;
    read_face_clips(
        video, reader, cancel, [&](FoundClip &&found) { clips.push_back(std::move(found.clip)); },
        [](const DroppedStretch &) {});
  }
  return clips;
}

/// The frames that are measured, spread evenly over the held-out ones, in order.
struct Measured {
  std::vector<std::int64_t> indices;
  std::vector<cv::Mat> truths;
  std::vector<Landmarks> landmarks;
};

Measured measured_frames(const std::vector<std::shared_ptr<const FaceClip>> &clips) {
  std::int64_t frames = 0;
  for (const auto &clip : clips) frames += std::int64_t(clip->frames());
  // Consecutive frames in one piece, for the correlation needs no more than the openings.
  const std::int64_t every =
      std::max<std::int64_t>(1, (frames + kMeasuredFrames - 1) / kMeasuredFrames);
  Measured measured;
  std::int64_t index = 0;
  for (const auto &clip : clips) {
    for (std::size_t frame = 0; frame < clip->frames(); ++frame, ++index) {
      if (index % every != 0) continue;
      measured.indices.push_back(index);
      measured.truths.push_back(clip->crops[frame]);
      measured.landmarks.push_back(clip->landmarks[frame]);
    }
  }
  return measured;
}

/// Compares pictures of the measured frames with the truth.
AdaptMeasures measure(FaceMesh &mesh, const Measured &frames,
                      const std::vector<cv::Mat> &pictures) {
  LandmarkMeasures lips;
  double difference = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    difference += cv::norm(pictures[i](kMouthInCrop), frames.truths[i](kMouthInCrop), cv::NORM_L1) /
                  (255.0 * 3 * kMouthInCrop.area());
    const MeshRegion region = mesh_region(frames.landmarks[i]);
    const MouthPoints truth = mouth_points(mesh.run(view_of(frames.truths[i]), region).landmarks);
    const MouthPoints made = mouth_points(mesh.run(view_of(pictures[i]), region).landmarks);
    lips.add(&truth, &made);
  }
  return {difference / double(std::max<std::size_t>(1, pictures.size())),
          lips.scores().opening_correlation};
}

std::vector<cv::Mat> generate(HyperLipsBase &network, const HeldOutDataset &held_out,
                              const Measured &frames, torch::Device device) {
  const torch::InferenceMode inference;
  network->to(device);
  network->eval();
  std::vector<cv::Mat> pictures;
  for (std::size_t first = 0; first < frames.indices.size(); first += kMeasureBatch) {
    const std::size_t last = std::min(frames.indices.size(), first + kMeasureBatch);
    std::vector<torch::Tensor> mels, faces;
    for (std::size_t i = first; i < last; ++i) {
      Batch example = held_out.example(0, frames.indices[i]);
      mels.push_back(example.at("mels").squeeze(0));
      faces.push_back(example.at("face").squeeze(1));
    }
    const torch::Tensor made =
        network->forward(torch::stack(mels).to(device), torch::stack(faces).to(device))
            .cpu()
            .contiguous();
    for (std::int64_t i = 0; i < made.size(0); ++i) {
      pictures.push_back(
          picture_from_tensor({made[i].const_data_ptr<float>(), 3 * 128 * 128}, 128));
    }
  }
  return pictures;
}

std::vector<cv::Mat> paste(const Measured &frames, const cv::Mat &reference) {
  std::vector<cv::Mat> pictures;
  const cv::Rect lower(0, 64, 128, 64);
  for (const cv::Mat &truth : frames.truths) {
    pictures.push_back(truth.clone());
    reference(lower).copyTo(pictures.back()(lower));
  }
  return pictures;
}

ContactSheet make_sheet(const Measured &frames, const cv::Mat &reference,
                        const std::vector<cv::Mat> &pictures, int rows) {
  ContactSheet sheet{{"reference", "input", "output", "truth"}, {}};
  const std::size_t wanted = std::min<std::size_t>(std::size_t(std::max(0, rows)), pictures.size());
  for (std::size_t row = 0; row < wanted; ++row) {
    const std::size_t i = row * pictures.size() / wanted;
    cv::Mat input = frames.truths[i].clone();
    input(cv::Rect(0, 64, 128, 64)).setTo(cv::Scalar::all(0));
    sheet.rows.push_back({reference, input, pictures[i], frames.truths[i]});
  }
  return sheet;
}

}  // namespace

AdaptResult adapt(const AdaptOptions &options, ProcessGroup &group) {
  if (!(options.held_out > 0 && options.held_out < 1)) {
    throw Error(ErrorKind::Settings, "The share that is held out must lie between 0 and 1.");
  }
  if (!options.stage.start) {
    throw Error(ErrorKind::Settings, "Adapting starts from a model: give one with --from.");
  }
  const HeldOutSplit footage = split_footage(read_footage(options), options.held_out);
  const auto training = std::make_shared<AdaptDataset>(footage.training, options.data);
  const cv::Mat reference = footage.training.front()->crops.front();
  const auto held_out = std::make_shared<HeldOutDataset>(footage.held_out, reference);
  const Measured frames = measured_frames(footage.held_out);

  AdaptResult result;
  result.training_frames = std::size_t(training->epoch());
  result.held_out_frames = std::size_t(held_out->epoch());
  FaceMesh mesh;
  HyperLipsBase network;
  load_state_dict(*network, *options.stage.start);
  result.before = measure(mesh, frames, generate(network, *held_out, frames, options.stage.device));
  result.pasted = measure(mesh, frames, paste(frames, reference));

  BaseStage stage(options.stage);
  Trainer trainer(stage, training, held_out, options.trainer, group);
  result.training = trainer.run();
  const CheckpointFolder folder(options.trainer.folder, options.trainer.keep,
                                [](const std::string &) {});
  const auto best = folder.best();
  if (!best)
    throw Error(ErrorKind::Failed,
                "No checkpoint was written to " + options.trainer.folder.string() + ".");
  result.weights = starting_weights(best->path);
  load_state_dict(*network, result.weights);
  const std::vector<cv::Mat> pictures = generate(network, *held_out, frames, options.stage.device);
  result.after = measure(mesh, frames, pictures);
  result.sheet = make_sheet(frames, reference, pictures, options.sheet_rows);
  return result;
}

}  // namespace hyperlips::training
