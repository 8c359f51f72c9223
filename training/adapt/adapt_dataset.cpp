// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/adapt_dataset.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/face_landmarks.hpp"
#include "training/data/base_dataset.hpp"
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

/// The mel window of a frame, (1, 1, 80, 16), as in inference.
torch::Tensor varied_mel_window(const FaceClip &clip, std::size_t frame, MelTiming timing,
                                const SpeechVariation &variation = {}) {
  int start = mel_start(int(frame) - (timing == MelTiming::Published ? 1 : 0));
  // A frame with sound stays inside of it.
  const int last = int(clip.mel.size()) - 1;
  if (start >= 0 && start <= last) start = std::clamp(start + variation.delay, 0, last);
  torch::Tensor window = mel_window(clip.mel, start);
  if (variation.transpose != 0) {
    const torch::Tensor bands = torch::arange(kMelBands) - variation.transpose;
    window = window.index_select(1, bands.clamp(0, kMelBands - 1));
  }
  return (window + variation.gain).clamp(kMelSilence, 4).unsqueeze(0);
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

Batch make_example(const cv::Mat &target, const cv::Mat &reference, torch::Tensor mels,
                   const MouthBox &lips) {
  Batch example = face_example({&target, 1}, {&reference, 1});
  example["mels"] = std::move(mels);
  example["lips"] = torch::tensor(std::vector<float>(lips.begin(), lips.end())).unsqueeze(0);
  return example;
}

/// Changes of framing, brightness and color, the same for target and reference.
struct Augmentation {
  explicit Augmentation(Random &random) {
    const double scale = 1 + 0.04 * (random.uniform_double() - 0.5);
    const double turn = (random.uniform_double() - 0.5) * 4 * CV_PI / 180;
    const cv::Point2d shift((random.uniform_double() - 0.5) * 3,
                            (random.uniform_double() - 0.5) * 3);
    const double center = (kCropSize - 1) / 2.0, a = scale * std::cos(turn),
                 b = scale * std::sin(turn);
    motion = {{a, -b, center - a * center + b * center + shift.x, b, a,
               center - b * center - a * center + shift.y}};
    gain = 1 + 0.15 * (random.uniform_double() - 0.5);
    offset = 10 * (random.uniform_double() - 0.5);
    for (double &channel : color) channel = 1 + 0.05 * (random.uniform_double() - 0.5);
  }

  cv::Mat operator()(const cv::Mat &crop) const {
    const cv::Matx23d map(motion.m.data());
    cv::Mat moved;
    cv::warpAffine(crop, moved, map, crop.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    std::array<cv::Mat, 3> channels;
    cv::split(moved, channels.data());
    for (std::size_t i = 0; i < 3; ++i)
      channels[i].convertTo(channels[i], -1, gain * color[i], offset);
    cv::merge(channels.data(), channels.size(), moved);
    return moved;
  }

  Affine motion;
  double gain, offset;
  std::array<double, 3> color;
};

/// Pictures and mel columns of frames `from` ... `to` - 1, without samples.
std::shared_ptr<const FaceClip> part_of(const FaceClip &clip, std::size_t from, std::size_t to) {
  const auto copy = [](const auto &all, std::size_t first, std::size_t last, auto &part) {
    if (first >= last || all.empty()) return;
    part.assign(all.begin() + std::ptrdiff_t(first), all.begin() + std::ptrdiff_t(last));
  };
  auto part = std::make_shared<FaceClip>();
  part->framing = clip.framing;
  copy(clip.crops, from, to, part->crops);
  copy(clip.native, from, to, part->native);
  copy(clip.landmarks, from, to, part->landmarks);
  // Up to the window of the last frame, which both sides of a split share.
  copy(clip.mel, std::size_t(mel_start(int(from))),
       std::min(clip.mel.size(), std::size_t(mel_start(int(to))) + kMelWindow), part->mel);
  return part;
}

}  // namespace

AdaptDataset::AdaptDataset(FootagePart clips, const AdaptDataOptions &options)
    : clips_(std::move(clips)), options_(options) {
  for (std::size_t clip = 0; clip < clips_.size(); ++clip) {
    for (std::size_t frame = 0; frame < clips_[clip]->frames(); ++frame)
      frames_.push_back({clip, frame});
  }
  if (frames_.empty()) {
    throw Error(ErrorKind::Settings,
                "No frames to train on. Give footage that shows exactly one face.");
  }
  by_opening_.emplace(openings());
}

std::vector<double> AdaptDataset::openings() const {
  std::vector<double> all;
  for (const FrameIndex &frame : frames_)
    all.push_back(mouth_opening(clips_[frame.clip]->landmarks[frame.frame]));
  return all;
}

/// A frame that does not show the wanted mouth.
cv::Mat AdaptDataset::reference(const FrameIndex &face, const FrameIndex &mouth,
                                Random &random) const {
  const auto near_start = [](const FrameIndex &frame) {
    return frame.clip == 0 && frame.frame <= kReferenceDistance;
  };
  if (random.chance(0.5) && !near_start(face) && !near_start(mouth))
    return clips_.front()->crops.front();
  std::vector<int> shown{int(face.frame)};
  if (mouth.clip == face.clip) shown.push_back(int(mouth.frame));
  const FaceClip &clip = *clips_[face.clip];
  const Clip numbers{{}, {}, {{0, int(clip.frames())}}};
  return clip
      .crops[std::size_t(draw_distant_window(numbers, shown, 1, kReferenceDistance, random))];
}

Batch AdaptDataset::example(std::uint64_t seed, std::int64_t index) const {
  Random random(seed, "adapt", std::uint64_t(index));
  const bool even = random.chance(float(options_.even_openings));
  // The frame that mouth and speech are from.
  const FrameIndex mouth = frames_[even ? by_opening_->draw(random) : random.below(frames_.size())];
  FrameIndex face = mouth;
  if (random.chance(float(options_.mouth_swap))) face = frames_[random.below(frames_.size())];
  const FaceClip &clip = *clips_[face.clip], &donor = *clips_[mouth.clip];
  cv::Mat target = clip.crops[face.frame];
  Landmarks landmarks = donor.landmarks[mouth.frame];
  if (face != mouth) {
    const Landmarks &own = clip.landmarks[face.frame];
    target = swap_mouth(target, own, donor.crops[mouth.frame], landmarks);
    landmarks = mapped(landmarks, rigid_motion(landmarks, own));
  }
  cv::Mat shown = reference(face, mouth, random);
  SpeechVariation variation;
  if (options_.augment) {
    const Augmentation change(random);
    target = change(target);
    shown = change(shown);
    landmarks = mapped(landmarks, change.motion);
    variation = SpeechVariation(random);
  }
  torch::Tensor mels = varied_mel_window(donor, mouth.frame, options_.timing, variation);
  if (variation.masked) mask(mels, random);
  return make_example(target, shown, std::move(mels), mouth_box(landmarks));
}

HeldOutDataset::HeldOutDataset(FootagePart clips, cv::Mat reference, std::int64_t every,
                               MelTiming timing)
    : clips_(std::move(clips)), reference_(std::move(reference)), every_(every), timing_(timing) {
  if (epoch() == 0) {
    throw Error(ErrorKind::Settings,
                "No frames are held out. Hold out a larger fraction (--held-out, --selection), or "
                "give longer footage.");
  }
}

std::int64_t frames_in(const FootagePart &part) {
  std::int64_t frames = 0;
  for (const auto &clip : part) frames += std::int64_t(clip->frames());
  return frames;
}

std::int64_t HeldOutDataset::epoch() const { return (frames_in(clips_) + every_ - 1) / every_; }

Batch HeldOutDataset::example(std::uint64_t, std::int64_t index) const {
  auto frame = std::size_t(index % epoch() * every_);
  for (const auto &clip : clips_) {
    if (frame < clip->frames())
      return make_example(clip->crops[frame], reference_, varied_mel_window(*clip, frame, timing_),
                          mouth_box(clip->landmarks[frame]));
    frame -= clip->frames();
  }
  throw Error(ErrorKind::Failed, "Held-out frame " + std::to_string(index) + " is out of range.");
}

FootageSplit split_footage(const std::vector<FaceClip> &clips, double selection, double report) {
  std::size_t all = 0, done = 0;
  for (const FaceClip &clip : clips) all += clip.frames();
  const auto border_at = [all](double share) {
    return std::size_t(std::llround(double(all) * std::max(0.0, share)));
  };
  const std::size_t first_border = border_at(1 - selection - report),
                    second_border = border_at(1 - report);
  FootageSplit split;
  for (const FaceClip &clip : clips) {
    const auto cut_at = [&](std::size_t border) {
      const std::size_t kept = std::min(clip.frames(), border > done ? border - done : 0);
      // Only every fifth frame starts on a mel column.
      return kept < clip.frames() ? kept - kept % 5 : kept;
    };
    const std::size_t first = cut_at(first_border), second = cut_at(second_border);
    if (first > 0) split.training.push_back(part_of(clip, 0, first));
    if (first < second) split.selection.push_back(part_of(clip, first, second));
    if (second < clip.frames()) split.report.push_back(part_of(clip, second, clip.frames()));
    done += clip.frames();
  }
  return split;
}

}  // namespace hyperlips::training
