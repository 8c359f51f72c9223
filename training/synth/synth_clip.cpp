// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/synth/synth_clip.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/synth/performance.hpp"
#include "hyperlips/synth/talking_head.hpp"
#include "synth/speech/speaker.hpp"
#include "training/data/frame_rate.hpp"
#include "training/synth/babble.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

/// Other streams than those of synth::Stream and of the augmentation.
enum Stream : std::uint64_t {
  kStreamLanguage = 1000,
  kStreamBegin,
  kStreamDetector,
  kStreamFrameSize
};

constexpr int kFrameWide = kWideRate / kFrameRate;  // samples

/// Simulates the boxes of the face mesh network: each side has a constant error per clip (measured:
/// 1.2 % of the box, 24 heads) and a slowly changing one.
class SimulatedDetector {
 public:
  SimulatedDetector(std::uint64_t seed, Framing framing)
      : random_(seed, kStreamDetector), framing_(framing) {
    constexpr float kConstantError = 0.01f;  // relative to the box
    for (float &error : constant_) error = kConstantError * random_.normal();
  }

  /// The box of the next frame.
  Box detect(const Landmarks &landmarks) {
    // Relative to the box; correlation from frame to frame.
    constexpr float kChangingError = 0.004f, kCorrelation = 0.6f;
    Box box = framing_.box(0, landmarks, double(frame_++) / kFrameRate);
    const float width = box.width(), height = box.height();
    const float fresh = kChangingError * std::sqrt(1 - kCorrelation * kCorrelation);
    for (float &error : changing_) error = kCorrelation * error + fresh * random_.normal();
    box.x0 += (constant_[0] + changing_[0]) * width;
    box.x1 += (constant_[1] + changing_[1]) * width;
    box.y0 += (constant_[2] + changing_[2]) * height;
    box.y1 += (constant_[3] + changing_[3]) * height;
    return box;
  }

 private:
  Random random_;
  FaceFraming framing_;
  std::int64_t frame_ = 0;
  std::array<float, 4> constant_{}, changing_{};
};

std::vector<float> speak(synth::Performance &performance, const ClipPlan &plan) {
  std::vector<float> wide(static_cast<std::size_t>(plan.frames) * kFrameWide);
  performance.sound(std::int64_t{plan.first_frame} * kFrameWide, kWideRate, wide);
  return augment(wide, plan.augmentation, [&](std::uint64_t seed, std::size_t count) {
    return babble(plan.language, seed, count);
  });
}

/// The phonemes of a clip, in seconds since its first frame.
std::vector<synth::Phoneme> spoken_phonemes(synth::Performance &performance, const ClipPlan &plan) {
  const double start = double(plan.first_frame) / kFrameRate;
  auto phonemes = performance.phonemes(start, start + double(plan.frames) / kFrameRate);
  for (synth::Phoneme &phoneme : phonemes)
    for (double *time : {&phoneme.start, &phoneme.end, &phoneme.release}) *time -= start;
  return phonemes;
}

}  // namespace

ClipPlan plan_clip(const SynthClipOptions &options, std::uint64_t number) {
  ClipPlan plan;
  plan.number = number;
  plan.seed = mix(mix(options.seed) + number);
  char name[48];
  std::snprintf(name, sizeof name, "head%07llu/0000", static_cast<unsigned long long>(number));
  plan.name = name;
  synth::PerformanceOptions speech;
  speech.seed = plan.seed;
  if (!options.languages.empty())
    speech.language = options.languages[static_cast<std::size_t>(
        Random(plan.seed, kStreamLanguage).below(int(options.languages.size())))];
  plan.language = synth::speaker_of(speech).voice.language;
  plan.frames = static_cast<int>(std::lround(options.seconds * kFrameRate));
  constexpr int kLatest = 4 * kFrameRate;  // not all clips should start with the first word
  plan.first_frame = Random(plan.seed, kStreamBegin).below(kLatest);
  plan.frame_size = static_cast<int>(static_cast<float>(options.frame_size) *
                                     Random(plan.seed, kStreamFrameSize).uniform(0.5f, 1));
  plan.framing = options.framing;
  plan.augmentation = draw_augmentation(plan.seed, static_cast<float>(options.clean_share));
  return plan;
}

std::optional<FaceClip> make_clip(const ClipPlan &plan, const std::atomic<bool> &cancel) {
  synth::PerformanceOptions speech;
  speech.seed = plan.seed;
  speech.language = plan.language;
  synth::Performance performance(speech);
  FaceClip clip;
  clip.samples = speak(performance, plan);
  clip.framing = plan.framing;
  clip.phonemes = spoken_phonemes(performance, plan);

  synth::TalkingHeadOptions drawing;
  drawing.seed = plan.seed;
  drawing.frame = {plan.frame_size, plan.frame_size};
  drawing.threads = 1;
  synth::TalkingHead head(drawing);
  SimulatedDetector detector(plan.seed, plan.framing);
  // The pictures wait here for the boxes of later frames.
  struct RenderedFrame {
    cv::Mat picture;
    Landmarks landmarks;
    Box box;
  };
  std::array<RenderedFrame, kLookaheadBoxes> window;
  const int ahead = static_cast<int>(window.size()) - 1;
  for (int n = 0; n < plan.frames + ahead; ++n) {
    if (cancel) return {};
    if (n < plan.frames) {
      RenderedFrame &next = window[static_cast<std::size_t>(n) % window.size()];
      const int frame = plan.first_frame + n;
      synth::HeadTruth truth;
      const FacePose pose = performance.pose(double(frame) / kFrameRate);
      head.draw(pose, static_cast<std::uint64_t>(frame), next.picture, &truth);
      clip.mouths.push_back(pose.mouth);
      next.landmarks = truth.landmarks;
      next.box = detector.detect(truth.landmarks);
    }
    const int ready = n - ahead;
    if (ready < 0) continue;
    std::vector<Box> boxes;
    for (int i = ready; i <= std::min(n, plan.frames - 1); ++i)
      boxes.push_back(window[static_cast<std::size_t>(i) % window.size()].box);
    const RenderedFrame &frame = window[static_cast<std::size_t>(ready) % window.size()];
    const Box box = mean_box(boxes);
    clip.crops.push_back(crop_face(view_of(frame.picture), box));
    clip.landmarks.push_back(landmarks_in_crop(frame.landmarks, box));
  }
  return clip;
}

}  // namespace hyperlips::training
