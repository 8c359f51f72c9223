// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/adapt_dataset.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/tensor.hpp"
#include "training/adapt/mouth_swap.hpp"
#include "training/data/windows.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

constexpr int kSide = 128;

constexpr float kSilence = -4;

/// The same speech as another microphone and voice would give it.
struct Hearing {
  Hearing() = default;
  explicit Hearing(Random &random)
      : gain(float(random.uniform_double() - 0.5)),
        later(int(random.below(3)) - 1),
        higher(int(random.below(5)) - 2),
        masked(random.chance(0.5)) {}

  float gain = 0;       ///< on the mel's scale
  int later = 0;        ///< columns; a frame lasts more than three
  int higher = 0;       ///< bands
  bool masked = false;  ///< parts are not heard
};

/// The window of a frame at its own time, filled up with silence at the end of the sound.
torch::Tensor mel_window(const FaceClip &clip, std::size_t frame, const Hearing &hearing = {}) {
  torch::Tensor window = torch::full({1, 1, kMelBands, kMelWindow}, kSilence);
  auto values = window.accessor<float, 4>();
  const int start = mel_start(int(frame)) + hearing.later;
  for (int column = 0; column < kMelWindow; ++column) {
    const auto heard = std::size_t(std::max(0, start + column));
    if (heard >= clip.mel.size()) break;
    for (int band = 0; band < kMelBands; ++band) {
      const auto from = std::size_t(std::clamp(band - hearing.higher, 0, kMelBands - 1));
      values[0][0][band][column] = std::clamp(clip.mel[heard][from] + hearing.gain, kSilence, 4.0f);
    }
  }
  return window;
}

/// A stretch of bands and one of columns fall silent (SpecAugment, Park et al., Interspeech 2019),
/// so that no single sound of a short clip can be learned by heart.
void mask(torch::Tensor &window, Random &random) {
  const auto silence = [&](std::int64_t dimension, std::uint64_t longest) {
    const auto length = std::int64_t(random.below(longest + 1));
    const std::int64_t last = window.size(dimension) - length;
    window.narrow(dimension, std::int64_t(random.below(std::uint64_t(last + 1))), length)
        .fill_(kSilence);
  };
  silence(2, 16);
  silence(3, 4);
}

Batch make_example(const cv::Mat &target, const cv::Mat &reference, torch::Tensor mels) {
  torch::Tensor face = torch::empty({6, 1, kSide, kSide});
  base_input(target, reference, {face.data_ptr<float>(), kFaceTensor});
  return {{"mels", std::move(mels)},
          {"face", std::move(face)},
          {"target", picture_window({&target, 1})}};
}

/// Changes in framing and light that two pictures of one moment share.
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
    const double center = (kSide - 1) / 2.0, a = scale * std::cos(turn), b = scale * std::sin(turn);
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
                "There is no frame to learn from. Give footage in which one face is seen.");
  }
}

Batch AdaptDataset::example(std::uint64_t seed, std::int64_t index) const {
  Random random(seed, "adapt", std::uint64_t(index));
  const Place place = frames_[random.below(frames_.size())];
  const FaceClip &clip = *clips_[place.clip];
  cv::Mat target = clip.crops[place.frame];
  // The frame whose mouth is shown, and heard.
  Place said = place;
  if (random.chance(options_.mouth_swap)) {
    said = frames_[random.below(frames_.size())];
    const FaceClip &donor = *clips_[said.clip];
    target = swap_mouth(target, clip.landmarks[place.frame], donor.crops[said.frame],
                        donor.landmarks[said.frame]);
  }
  cv::Mat reference =
      random.chance(0.5) ? clips_.front()->crops.front() : clip.crops[random.below(clip.frames())];
  Hearing hearing;
  if (options_.augment) {
    const Augmentation change(random);
    target = change(target);
    reference = change(reference);
    hearing = Hearing(random);
  }
  torch::Tensor mels = mel_window(*clips_[said.clip], said.frame, hearing);
  if (hearing.masked) mask(mels, random);
  return make_example(target, reference, std::move(mels));
}

HeldOutDataset::HeldOutDataset(std::vector<std::shared_ptr<const FaceClip>> clips,
                               cv::Mat reference)
    : clips_(std::move(clips)), reference_(std::move(reference)) {
  if (epoch() == 0) {
    throw Error(ErrorKind::Settings,
                "No frame is held out. Hold out a larger share, or give longer footage.");
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
      return make_example(clip->crops[frame], reference_, mel_window(*clip, frame));
    frame -= clip->frames();
  }
  throw Error(ErrorKind::Failed, "A held-out frame lies behind the last one.");
}

HeldOutSplit split_footage(const std::vector<FaceClip> &clips, double share) {
  std::size_t all = 0;
  for (const FaceClip &clip : clips) all += clip.frames();
  const auto border = std::size_t(std::llround(double(all) * (1 - share)));
  HeldOutSplit split;
  std::size_t done = 0;
  for (const FaceClip &clip : clips) {
    std::size_t kept = std::min(clip.frames(), border > done ? border - done : 0);
    // Only every fifth frame begins on a mel column.
    if (kept < clip.frames()) kept -= kept % 5;
    const auto part = [&](std::size_t from, std::size_t to) {
      auto piece = std::make_shared<FaceClip>();
      piece->crops.assign(clip.crops.begin() + std::ptrdiff_t(from),
                          clip.crops.begin() + std::ptrdiff_t(to));
      if (!clip.own.empty()) {
        piece->own.assign(clip.own.begin() + std::ptrdiff_t(from),
                          clip.own.begin() + std::ptrdiff_t(to));
      }
      piece->landmarks.assign(clip.landmarks.begin() + std::ptrdiff_t(from),
                              clip.landmarks.begin() + std::ptrdiff_t(to));
      // 16 columns from the first frame's on; frames of the border share the sound of both sides.
      const auto first = std::size_t(mel_start(int(from)));
      const std::size_t last =
          std::min(clip.mel.size(), std::size_t(mel_start(int(to))) + kMelWindow);
      if (first < last) {
        piece->mel.assign(clip.mel.begin() + std::ptrdiff_t(first),
                          clip.mel.begin() + std::ptrdiff_t(last));
      }
      return piece;
    };
    if (kept > 0) split.training.push_back(part(0, kept));
    if (kept < clip.frames()) split.held_out.push_back(part(kept, clip.frames()));
    done += clip.frames();
  }
  return split;
}

}  // namespace hyperlips::training
