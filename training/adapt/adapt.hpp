// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "training/adapt/adapt_dataset.hpp"
#include "training/evaluate/evaluate_dataset.hpp"
#include "training/run/trainer.hpp"
#include "training/stages/base_stage.hpp"

namespace hyperlips::training {

struct AdaptOptions {
  std::vector<std::string> videos;  ///< footage of one person; the last part of it is held out
  double held_out = 0.2;            ///< share of the frames
  AdaptDataOptions data;
  BaseStageOptions stage;  ///< start, frozen parts, losses
  TrainerOptions trainer;
  int sheet_rows = 6;
};

/// Measures on the held-out frames.
struct AdaptMeasures {
  double mouth_mae = 0;                ///< in the mouth's box of the crop, 0 ... 1
  std::optional<double> opening_corr;  ///< of the mouth's opening with the truth's, by the mesh
};

struct AdaptResult {
  std::size_t training_frames = 0, held_out_frames = 0;
  AdaptMeasures before, after, pasted;  ///< pasted: the reference's mouth on every frame
  TrainResult training;
  TensorFile weights;  ///< the best
  ContactSheet sheet;  ///< reference, input, output, truth of held-out frames
};

/// Fine-tunes HyperLipsBase on one person's footage. Throws Error{Settings} for footage that is too
/// short, and what the steps throw.
AdaptResult adapt(const AdaptOptions &options, ProcessGroup &group);

}  // namespace hyperlips::training
