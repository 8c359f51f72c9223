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
  std::vector<std::string> videos;  ///< footage of one person; the last part of it is held out
  double held_out = 0.2;            ///< share of the frames
  AdaptDataOptions data;
  BaseStageOptions stage;            ///< start (none: a new network), frozen parts, losses
  TrainerOptions trainer;            ///< of both networks together
  std::optional<AdaptHrOptions> hr;  ///< none: the base network alone
  int sheet_rows = 6;
};

struct AdaptResult {
  std::size_t training_frames = 0, held_out_frames = 0;
  /// On the held-out frames; pasted: the reference's mouth on every frame.
  AdaptMeasures after, pasted;
  std::optional<AdaptMeasures> before;  ///< none: a new network
  AdaptMeasures learned;                ///< after, on the frames that were learned from
  TrainResult training;
  TensorFile weights;               ///< the best
  std::optional<AdaptHrResult> hr;  ///< none also when a signal ended the base network's training
  ContactSheet sheet;  ///< reference, input, output, with an HR network its output, truth
};

/// Fine-tunes HyperLipsBase, or teaches a new one, and then HRDecoder on what that makes, on one
/// person's footage. Throws Error{Settings} for footage that is too short, and what the steps
/// throw.
AdaptResult adapt(const AdaptOptions &options, ProcessGroup &group);

}  // namespace hyperlips::training
