// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "training/adapt/adapt_frames.hpp"
#include "training/run/trainer.hpp"
#include "training/stages/hr_stage.hpp"

namespace hyperlips::training {

struct AdaptHrOptions {
  HrStageOptions stage;  ///< without a start the network begins anew
  double share = 0.4;    ///< of the steps and the time, 0 ... 1; the base network gets the rest
  int batch = 2;         ///< examples of one process

  int size() const { return 128 * stage.scale; }
};

/// Throws Error{Settings} for a share that leaves one of the networks nothing, or no batch.
void check(const AdaptHrOptions &options);

/// How far pictures are from the truth at the network's size.
struct HrMeasures {
  double psnr = 0;       ///< of the whole crop, dB
  double mouth_mae = 0;  ///< in the mouth's box, 0 ... 1
};

struct AdaptHrResult {
  HrMeasures enlarged;               ///< the base network's pictures, enlarged
  std::optional<HrMeasures> before;  ///< of the model as it came, where there was one
  HrMeasures after;
  double face_pixels = 0;  ///< mean side of the faces in the footage, at most the network's size
  TrainResult training;
  TensorFile weights;  ///< the best
  ContactSheet sheet;  ///< of held-out frames: reference, input, output, HR, truth
};

/// Fine-tunes HRDecoder on what the adapted base network makes of the footage, whose clips need
/// their own crops. `whole` is the run of both networks; this one's checkpoints go to its folder's
/// sub-folder "hr".
AdaptHrResult adapt_hr(const AdaptHrOptions &options, HyperLipsBase &base,
                       const HeldOutSplit &footage, const TrainerOptions &whole, int sheet_rows,
                       ProcessGroup &group);

}  // namespace hyperlips::training
