// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hyperlips/talk/sound_offset.hpp"
#include "training/adapt/adapt_dataset.hpp"
#include "training/adapt/adapt_frames.hpp"
#include "training/adapt/adapt_hr.hpp"
#include "training/run/trainer.hpp"
#include "training/stages/base_stage.hpp"

namespace hyperlips::training {

struct AdaptOptions {
  std::vector<std::string> videos;  ///< footage of one person
  double held_out = 0.2;            ///< fraction of the frames, at the end, for the report, 0 ... 1
  double selection = 0.1;           ///< fraction before it for choosing the best weights, 0 ... 1
  /// Before training, the statistics of the norms of a network that is fine-tuned are replaced by
  /// those of the footage.
  bool estimate_norms = false;
  AdaptDataOptions data;
  Framing framing = Framing::Steady;  ///< box of the crops
  std::optional<int> offset;         ///< frames by which the sound is late; none: measured by video
  BaseStageOptions stage;            ///< start (none: a new network), frozen parts, losses
  TrainerOptions trainer;            ///< steps and time of both networks together
  std::optional<AdaptHrOptions> hr;  ///< none: the base network only
  int sheet_rows = 6;                ///< rows of the contact sheet
};

struct AdaptResult {
  std::int64_t training_frames = 0;
  std::int64_t selection_frames = 0;    ///< by which the best weights were chosen
  std::int64_t report_frames = 0;       ///< used for nothing but `after`, `pasted` and `before`
  AdaptMeasures after;                  ///< of the adapted network on the report's frames
  AdaptMeasures pasted;                 ///< baseline: the reference's lower half on them
  std::optional<AdaptMeasures> before;  ///< of the network before; none for a new network
  AdaptMeasures learned;                ///< of the adapted network on training frames
  TrainResult training;
  TensorFile weights;                ///< of the best checkpoint
  std::optional<AdaptHrResult> hr;   ///< none also if a signal ended the base network's training
  std::vector<SoundOffset> offsets;  ///< of the videos, as corrected
  ContactSheet sheet;                ///< reference, input, output, HR output (if any), truth
};

/// What identifies the runs of adapt besides TrainerOptions::inputs: the content of the videos and
/// how the footage is divided.
RunInputs footage_inputs(const AdaptOptions &options);

/// Fine-tunes HyperLipsBase, or trains a new one, on one person's footage, and then HRDecoder on
/// its output. Throws Error{Settings} for footage that is too short, and the errors of reading and
/// training.
///
///   const AdaptResult result = adapt({.videos = {"anna.mp4"}, ...}, group);
AdaptResult adapt(const AdaptOptions &options, ProcessGroup &group);

}  // namespace hyperlips::training
