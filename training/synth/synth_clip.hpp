// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "training/preprocess/face_clip.hpp"
#include "training/synth/augmentation.hpp"

namespace hyperlips::training {

struct SynthClipOptions {
  std::uint64_t seed = 0;  ///< of the data set
  double seconds = 10;     ///< length of a clip, 0.64 ... 60
  int frame_size = 512;    ///< maximum size of the square frames in pixels, 128 ... 4096
  std::vector<std::string> languages;  ///< of espeak-ng; empty: by the seed of each clip
  Framing framing = Framing::Steady;   ///< box of the crops
  double clean_share = 0.2;            ///< fraction of clips without degraded speech, 0 ... 1
};

/// The settings of a clip: a pure function of options and number.
struct ClipPlan {
  std::uint64_t number = 0;
  std::uint64_t seed = 0;  ///< of head, voice, text and camera
  std::string name;        ///< SPEAKER/CLIP; each clip has another speaker
  std::string language;    ///< of espeak-ng
  int frames = 0;
  int first_frame = 0;  ///< frame of the performance at which the clip starts
  Framing framing = Framing::Steady;
  int frame_size = 0;  ///< pixels, from half the maximum to the maximum
  SpeechAugmentation augmentation;
};

ClipPlan plan_clip(const SynthClipOptions &options, std::uint64_t number);

/// Renders a clip with its speech in one thread. The crops are those that preprocessing would cut
/// from the frames: the box of the true landmarks (see FaceFraming) with the jitter of a detector,
/// smoothed in the same way. None once `cancel` is set. Throws Error{Settings} for an unsupported
/// language.
std::optional<FaceClip> make_clip(const ClipPlan &plan, const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
