// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/base_dataset.hpp"

#include <algorithm>
#include <array>

#include <torch/torch.h>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tensor.hpp"
#include "training/data/mouth_swap.hpp"
#include "training/data/windows.hpp"

namespace hyperlips::training {
namespace {

/// Frames by which a frame's mel window precedes it.
int lead(MelTiming timing) { return timing == MelTiming::Published ? 1 : 0; }

}  // namespace

Batch face_example(std::span<const cv::Mat> target, std::span<const cv::Mat> reference) {
  const auto frames = static_cast<std::int64_t>(target.size());
  torch::Tensor face = torch::empty({6, frames, kCropSize, kCropSize});
  torch::Tensor one = torch::empty({6, kCropSize, kCropSize});
  for (std::int64_t t = 0; t < frames; ++t) {
    const auto i = static_cast<std::size_t>(t);
    base_input(target[i], reference[i], {one.data_ptr<float>(), kFaceTensor});
    face.select(1, t).copy_(one);
  }
  return {{"face", std::move(face)}, {"target", picture_window(target)}};
}

Batch base_example(std::span<const cv::Mat> target, std::span<const cv::Mat> reference,
                   std::span<const MelColumn> mel, int frame, MelTiming timing) {
  const int frames = static_cast<int>(target.size());
  const auto [first, last] = base_frames(static_cast<std::int64_t>(mel.size()), timing, frames);
  if (frame < first || frame > last)
    throw Error(ErrorKind::Settings, "No speech for " + std::to_string(frames) +
                                         " frames from frame " + std::to_string(frame) + " on.");
  Batch example = face_example(target, reference);
  std::vector<torch::Tensor> mels;
  for (int i = 0; i < frames; ++i)
    mels.push_back(mel_window(mel, mel_start(frame + i - lead(timing))));
  example["mels"] = torch::stack(mels);
  if (frames == kWindowFrames) example["mel"] = mel_window(mel, mel_start(frame));
  return example;
}

std::pair<int, int> base_frames(std::int64_t mel_columns, MelTiming timing, int frames) {
  const int last = frames_with_sound(mel_columns) - frames + lead(timing);
  return {lead(timing),
          frames == kWindowFrames ? std::min(last, last_frame_with_mel(mel_columns)) : last};
}

BaseDataset::BaseDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
                         const BaseOptions &options)
    : ClipDataset(std::move(clips), std::move(source), "base example"), options_(options) {
  if (options_.frames < 1 || options_.frames > kWindowFrames)
    throw Error(ErrorKind::Settings, "Invalid number of frames per example " +
                                         std::to_string(options_.frames) + ": expected 1 to 5.");
  if (!(options_.mouth_swap >= 0 && options_.mouth_swap <= 1))
    throw Error(ErrorKind::Settings,
                "Invalid fraction of swapped mouths: expected a number from 0 to 1.");
}

/// Whether all frames of a window have landmarks.
bool BaseDataset::has_landmarks(const Clip &clip, int first) const {
  for (int i = 0; i < options_.frames; ++i)
    if (!source().landmarks(clip, first + i)) return false;
  return true;
}

/// Gives the faces, those of frames `first` ..., the mouths of frames `mouths` ... (the same
/// frames: no change) and returns the boxes of their lips. A frame without landmarks keeps its
/// mouth.
std::vector<MouthBox> BaseDataset::swap_mouths(const Clip &clip, int first, int mouths,
                                               std::vector<cv::Mat> &faces) const {
  std::vector<MouthBox> lips;
  for (int i = 0; i < options_.frames; ++i) {
    const auto own = source().landmarks(clip, first + i);
    if (!own) {
      lips.push_back(kMiddleOfLowerHalf);
    } else if (mouths == first) {
      lips.push_back(mouth_box(*own));
    } else {
      const auto donor = source().landmarks(clip, mouths + i);
      cv::Mat &face = faces[static_cast<std::size_t>(i)];
      face = swap_mouth(face, *own, source().picture(clip, mouths + i, kCropSize), *donor);
      lips.push_back(mouth_box(mapped(*donor, rigid_motion(*donor, *own))));
    }
  }
  return lips;
}

Batch BaseDataset::draw(const Clip &clip, Random &random) const {
  const MelColumns mel = source().mel(clip);
  const int count = options_.frames;
  const auto [first, last] =
      base_frames(static_cast<std::int64_t>(mel->size()), options_.timing, count);
  const int window = draw_window(clip, first, last, random, count);
  int mouths = window;
  if (options_.mouth_swap > 0 && random.chance(static_cast<float>(options_.mouth_swap))) {
    const int other = draw_window(clip, first, last, random, count);
    if (has_landmarks(clip, window) && has_landmarks(clip, other)) mouths = other;
  }
  const int reference =
      draw_distant_window(clip, std::array{window, mouths}, count, kReferenceDistance, random);
  auto faces = pictures(clip, window, kCropSize, count);
  const std::vector<MouthBox> lips = swap_mouths(clip, window, mouths, faces);
  Batch example = base_example(faces, pictures(clip, reference, kCropSize, count), *mel, mouths,
                               options_.timing);
  example["lips"] = torch::empty({count, 4});
  for (int i = 0; i < count; ++i)
    std::ranges::copy(lips[static_cast<std::size_t>(i)],
                      example["lips"].data_ptr<float>() + std::ptrdiff_t{4} * i);
  return example;
}

}  // namespace hyperlips::training
