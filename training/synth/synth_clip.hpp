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
  double seconds = 10;     ///< of each clip, 0.64 ... 60
  int frame_size = 512;    ///< pixels of the largest square frames that crops are cut from
  std::vector<std::string> languages;  ///< of espeak-ng; empty: as the heads' seeds have it
  double clean_share = 0.2;            ///< of the clips, whose speech is left as it is
};

/// What is decided before anything is drawn: a pure function of the options and the number.
struct ClipPlan {
  std::uint64_t number = 0;
  std::uint64_t seed = 0;  ///< of head, voice, text, camera
  std::string name;        ///< SPEAKER/CLIP; every clip has a speaker of its own
  std::string language;    ///< empty: by the seed
  int frames = 0;
  int first_frame = 0;  ///< of the performance
  int frame_size = 0;   ///< pixels; half the largest or more, as faces in videos differ
  SpeechAugmentation augmentation;
};

ClipPlan plan_clip(const SynthClipOptions &options, std::uint64_t number);

/// Draws and speaks a clip on one thread. Crops are those that preprocessing would cut from the
/// frames: the box is that of the true landmarks, with the jitter of a detector, smoothed alike.
/// Nothing once `cancel` is set. Throws Error{Settings} for a language that there is not.
std::optional<FaceClip> make_clip(const ClipPlan &plan, const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
