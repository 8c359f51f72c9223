// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/adapt_dataset.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tensor.hpp"
#include "training/data/mouth_swap.hpp"
#include "training/data/windows.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

/// Variations of speech, as from another microphone and voice.
struct SpeechVariation {
  SpeechVariation() = default;
  explicit SpeechVariation(Random &random)
      : gain(float(random.uniform_double() - 0.5)),
        delay(int(random.below(3)) - 1),
        transpose(int(random.below(5)) - 2),
        masked(random.chance(0.5)) {}

  float gain = 0;       ///< in units of mel values
  int delay = 0;        ///< columns; a frame lasts more than three
  int transpose = 0;    ///< bands
  bool masked = false;  ///< see mask()
};

/// The mel window of a frame at its own time, (1, 1, 80, 16), padded with silence at the end.
torch::Tensor varied_mel_window(const FaceClip &clip, std::size_t frame,
                                const SpeechVariation &variation = {}) {
  std::array<MelColumn, kMelWindow> columns;
  for (MelColumn &column : columns) column.fill(kMelSilence);
  const int start = mel_start(int(frame)) + variation.delay;
  for (int i = 0; i < kMelWindow; ++i) {
    const auto source = std::size_t(std::max(0, start + i));
    if (source >= clip.mel.size()) break;
    for (int band = 0; band < kMelBands; ++band) {
      const auto from = std::size_t(std::clamp(band - variation.transpose, 0, kMelBands - 1));
      columns[std::size_t(i)][std::size_t(band)] =
          std::clamp(clip.mel[source][from] + variation.gain, kMelSilence, 4.0f);
    }
  }
  return mel_window(columns, 0).unsqueeze(0);
}

/// Silences a range of bands and a range of columns (SpecAugment, Park et al., Interspeech 2019),
/// so that the network cannot memorize single sounds of a short clip.
void mask(torch::Tensor &window, Random &random) {
  const auto silence = [&](std::int64_t dimension, std::uint64_t longest) {
    const auto length = std::int64_t(random.below(longest + 1));
    const std::int64_t last = window.size(dimension) - length;
    window.narrow(dimension, std::int64_t(random.below(std::uint64_t(last + 1))), length)
        .fill_(kMelSilence);
  };
  silence(2, 16);
  silence(3, 4);
}

Batch make_example(const cv::Mat &target, const cv::Mat &reference, torch::Tensor mels) {
  torch::Tensor face = torch::empty({6, 1, kCropSize, kCropSize});
  base_input(target, reference, {face.data_ptr<float>(), kFaceTensor});
  return {{"mels", std::move(mels)},
          {"face", std::move(face)},
          {"target", picture_window({&target, 1})}};
}

/// Changes of framing, brightness and color, the same for target and reference.
struct Augmentation {
  explicit Augmentation(Random &random) {
    scale = 1 + 0.04 * (random.uniform_double() - 0.5);
    turn = (random.uniform_double() - 0.5) * 4 * CV_PI / 180;
    shift = {(random.uniform_double() - 0.5) * 3, (random.uniform_double() - 0.5) * 3};
    gain = 1 + 0.15 * (random.uniform_double() - 0.5);
    offset = 10 * (random.uniform_double() - 0.5);
    for (double &channel : color) channel = 1 + 0.05 * (random.uniform_double() - 0.5);
  }

  cv::Mat operator()(const cv::Mat &crop) const {
    const double center = (kCropSize - 1) / 2.0, a = scale * std::cos(turn),
                 b = scale * std::sin(turn);
    const cv::Matx23d map(a, -b, center - a * center + b * center + shift.x, b, a,
                          center - b * center - a * center + shift.y);
    cv::Mat moved;
    cv::warpAffine(crop, moved, map, crop.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    std::array<cv::Mat, 3> channels;
    cv::split(moved, channels.data());
    for (std::size_t i = 0; i < 3; ++i)
      channels[i].convertTo(channels[i], -1, gain * color[i], offset);
    cv::merge(channels.data(), channels.size(), moved);
    return moved;
  }

  double scale, turn, gain, offset;
  cv::Point2d shift;
  std::array<double, 3> color;
};

/// Pictures and mel columns of frames `from` ... `to` - 1, without samples.
std::shared_ptr<const FaceClip> part_of(const FaceClip &clip, std::size_t from, std::size_t to) {
  const auto copy = [](const auto &all, std::size_t first, std::size_t last, auto &part) {
    if (first >= last || all.empty()) return;
    part.assign(all.begin() + std::ptrdiff_t(first), all.begin() + std::ptrdiff_t(last));
  };
  auto part = std::make_shared<FaceClip>();
  copy(clip.crops, from, to, part->crops);
  copy(clip.native, from, to, part->native);
  copy(clip.landmarks, from, to, part->landmarks);
  // Up to the window of the last frame, which both sides of a split share.
  copy(clip.mel, std::size_t(mel_start(int(from))),
       std::min(clip.mel.size(), std::size_t(mel_start(int(to))) + kMelWindow), part->mel);
  return part;
}

}  // namespace

AdaptDataset::AdaptDataset(std::vector<std::shared_ptr<const FaceClip>> clips,
                           const AdaptDataOptions &options)
    : clips_(std::move(clips)), options_(options) {
  for (std::size_t clip = 0; clip < clips_.size(); ++clip) {
    for (std::size_t frame = 0; frame < clips_[clip]->frames(); ++frame)
      frames_.push_back({clip, frame});
  }
  if (frames_.empty()) {
    throw Error(ErrorKind::Settings,
                "No frames to train on. Give footage that shows exactly one face.");
  }
}

Batch AdaptDataset::example(std::uint64_t seed, std::int64_t index) const {
  Random random(seed, "adapt", std::uint64_t(index));
  const FrameIndex face = frames_[random.below(frames_.size())];
  const FaceClip &clip = *clips_[face.clip];
  cv::Mat target = clip.crops[face.frame];
  FrameIndex mouth = face;  // the frame that mouth and speech are from
  if (random.chance(options_.mouth_swap)) {
    mouth = frames_[random.below(frames_.size())];
    const FaceClip &donor = *clips_[mouth.clip];
    target = swap_mouth(target, clip.landmarks[face.frame], donor.crops[mouth.frame],
                        donor.landmarks[mouth.frame]);
  }
  cv::Mat reference =
      random.chance(0.5) ? clips_.front()->crops.front() : clip.crops[random.below(clip.frames())];
  SpeechVariation variation;
  if (options_.augment) {
    const Augmentation change(random);
    target = change(target);
    reference = change(reference);
    variation = SpeechVariation(random);
  }
  torch::Tensor mels = varied_mel_window(*clips_[mouth.clip], mouth.frame, variation);
  if (variation.masked) mask(mels, random);
  return make_example(target, reference, std::move(mels));
}

HeldOutDataset::HeldOutDataset(std::vector<std::shared_ptr<const FaceClip>> clips,
                               cv::Mat reference)
    : clips_(std::move(clips)), reference_(std::move(reference)) {
  if (epoch() == 0) {
    throw Error(ErrorKind::Settings,
                "No frames are held out. Hold out a larger fraction, or give longer footage.");
  }
}

std::int64_t HeldOutDataset::epoch() const {
  std::int64_t frames = 0;
  for (const auto &clip : clips_) frames += std::int64_t(clip->frames());
  return frames;
}

Batch HeldOutDataset::example(std::uint64_t, std::int64_t index) const {
  auto frame = std::size_t(index % epoch());
  for (const auto &clip : clips_) {
    if (frame < clip->frames())
      return make_example(clip->crops[frame], reference_, varied_mel_window(*clip, frame));
    frame -= clip->frames();
  }
  throw Error(ErrorKind::Failed, "Held-out frame " + std::to_string(index) + " is out of range.");
}

HeldOutSplit split_footage(const std::vector<FaceClip> &clips, double share) {
  std::size_t all = 0;
  for (const FaceClip &clip : clips) all += clip.frames();
  const auto border = std::size_t(std::llround(double(all) * (1 - share)));
  HeldOutSplit split;
  std::size_t done = 0;
  for (const FaceClip &clip : clips) {
    std::size_t kept = std::min(clip.frames(), border > done ? border - done : 0);
    // Only every fifth frame starts on a mel column.
    if (kept < clip.frames()) kept -= kept % 5;
    if (kept > 0) split.training.push_back(part_of(clip, 0, kept));
    if (kept < clip.frames()) split.held_out.push_back(part_of(clip, kept, clip.frames()));
    done += clip.frames();
  }
  return split;
}

}  // namespace hyperlips::training
