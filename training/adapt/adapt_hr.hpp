// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "training/adapt/adapt_frames.hpp"
#include "training/adapt/hr_frames.hpp"
#include "training/run/trainer.hpp"
#include "training/stages/hr_stage.hpp"

namespace hyperlips::training {

struct AdaptHrOptions {
  HrStageOptions stage;  ///< without a start: a new network
  double share = 0.4;    ///< fraction of steps and time, 0 ... 1; the base network gets the rest
  int batch = 2;         ///< examples per step and process
  RunInputs inputs;      ///< of its run, besides those of the base network's
  MelTiming timing = MelTiming::Inference;  ///< of the base network

  /// Pixels of the output.
  int size() const { return 128 * stage.scale; }
};

/// Throws Error{Settings} for a share of 0 or 1 and an empty batch.
void check(const AdaptHrOptions &options);

/// Means over frames at the size of the network's output.
struct HrMeasures {
  double psnr = 0;       ///< of the whole crop, dB
  double mouth_mae = 0;  ///< mouth_error(), 0 ... 1
};

struct AdaptHrResult {
  HrMeasures enlarged;               ///< baseline: the base network's output, enlarged
  std::optional<HrMeasures> before;  ///< of the network before; none for a new network
  HrMeasures after;                  ///< of the trained network
  double face_pixels = 0;            ///< mean size of NativeCrop in the footage, at most size()
  TrainResult training;
  TensorFile weights;  ///< of the best checkpoint
  ContactSheet sheet;  ///< report frames: reference, input, output, HR, truth
};

/// What HRDecoder is trained on: degraded_truths() of the training frames, as sharp as the base
/// network's pictures of the selection frames. The clips must have FaceClip::native.
std::shared_ptr<HrFrames> hr_training_frames(HyperLipsBase &base, const FootageSplit &footage,
                                             int size, FaceMesh &mesh, const torch::Device &device,
                                             MelTiming timing = MelTiming::Inference);

/// Trains HRDecoder for the output of the adapted base network, see hr_training_frames(). `whole`
/// are the options for both networks together; checkpoints go to the subfolder "hr".
AdaptHrResult adapt_hr(const AdaptHrOptions &options, HyperLipsBase &base,
                       const FootageSplit &footage, const TrainerOptions &whole, int sheet_rows,
                       ProcessGroup &group);

}  // namespace hyperlips::training
