// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "hyperlips/face/mesh.hpp"
#include "training/data/base_dataset.hpp"
#include "training/evaluate/evaluate_dataset.hpp"
#include "training/evaluate/lip_measures.hpp"

namespace hyperlips::training {

struct DrivenLipsOptions {
  std::uint64_t seed = 0;  ///< decides the clips and where their frames begin
  int clips = 8;           ///< at most; the first usable ones in random order
  int frames = 50;         ///< successive frames of each clip, at least kFewestForLag
  int shift = 5;           ///< frames by which the sound is shifted, 1 ... kMaxLag
  int batch = 8;           ///< pictures per batch
  MelTiming timing = MelTiming::Inference;
  double closed_below = LipOptions().closed_below;  ///< as LipOptions
  std::filesystem::path face_models = face_model_dir();
  /// Called after each clip; returning false stops early.
  std::function<bool(int clips)> progress;
};

/// A model's lips on successive frames of clips, pooled over the clips, for each sound that drives
/// them. Errors, sharpness, LMD and jitter are relative to the clip's own mouth.
struct DrivenLips {
  int clips = 0;
  int too_short = 0;  ///< clips without enough successive frames with sound
  int shift = 0;
  double closed_below = 0;
  LipScores own;                   ///< by the clip's own sound
  LipScores late, early;           ///< by the same, shifted: the lips must shift too
  std::optional<LipScores> other;  ///< by another clip's sound; none if there is one clip only
  LipScores silence;               ///< by silence: the mouth must close
  LipScores pasted;                ///< the baseline of paste_lower_half()
};

/// Generates frames of clips with the model: the input is the frame's crop with its lower half
/// black, the first frame of the clip as the reference, and a mel window as "mels" (B, 1, 80, 16).
/// Openings are measured by the face mesh in the generated pictures alone, tracked from one to the
/// next, so that neither box nor landmarks of the true picture tell it the mouth. `pasted` shows
/// what is left: its lips never move. Throws Error{Settings} for options out of range and
/// Error{NotFound} for missing face models.
DrivenLips measure_driven_lips(const std::vector<Clip> &clips, ClipSource &source,
                               const Generate &generate, const DrivenLipsOptions &options);

}  // namespace hyperlips::training
