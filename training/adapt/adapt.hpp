// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "training/adapt/adapt_dataset.hpp"
#include "training/adapt/adapt_frames.hpp"
#include "training/adapt/adapt_hr.hpp"
#include "training/run/trainer.hpp"
#include "training/stages/base_stage.hpp"

namespace hyperlips::training {

struct AdaptOptions {
  std::vector<std::string> videos;  ///< footage of one person; its end is held out
  double held_out = 0.2;            ///< fraction of the frames that is held out, 0 ... 1
  AdaptDataOptions data;
  BaseStageOptions stage;            ///< start (none: a new network), frozen parts, losses
  TrainerOptions trainer;            ///< steps and time of both networks together
  std::optional<AdaptHrOptions> hr;  ///< none: the base network only
  int sheet_rows = 6;                ///< rows of the contact sheet
};

struct AdaptResult {
  std::size_t training_frames = 0, held_out_frames = 0;
  AdaptMeasures after;                  ///< of the adapted network on held-out frames
  AdaptMeasures pasted;                 ///< baseline: the reference's lower half on held-out frames
  std::optional<AdaptMeasures> before;  ///< of the network before; none for a new network
  AdaptMeasures learned;                ///< of the adapted network on training frames
  TrainResult training;
  TensorFile weights;               ///< of the best checkpoint
  std::optional<AdaptHrResult> hr;  ///< none also if a signal ended the base network's training
  ContactSheet sheet;               ///< reference, input, output, HR output (if any), truth
};

/// Fine-tunes HyperLipsBase, or trains a new one, on one person's footage, and then HRDecoder on
/// its output. Throws Error{Settings} for footage that is too short, and the errors of reading and
/// training.
///
///   const AdaptResult result = adapt({.videos = {"anna.mp4"}, ...}, group);
AdaptResult adapt(const AdaptOptions &options, ProcessGroup &group);

}  // namespace hyperlips::training
