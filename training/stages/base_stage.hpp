// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "hyperlips/nn/hyperlips_base.hpp"
#include "training/stages/adversarial_stage.hpp"
#include "training/sync/sync_expert.hpp"

namespace hyperlips::training {

/// The weights of the generator's loss terms; the defaults are the published ones. 0 turns a term
/// off.
struct BaseLosses {
  double sync = 0.03;        ///< binary cross-entropy of the sync expert's similarity
  double adversarial = 0.2;  ///< cross-entropy of the discriminator's score of the lower half
  double l1 = 0.77;          ///< mean absolute difference
  double gradient = 0;       ///< of horizontal and vertical differences: against blur
  double mouth = 0;          ///< mean absolute difference inside the box of the lips
  /// The weight of the upper half, which is an input of the network, in l1 and gradient.
  double upper_half = 1;
};

struct BaseStageOptions : AdversarialStageOptions {
  BaseLosses losses;
  std::optional<TensorFile> sync_expert;  ///< without one the sync term is off: see notes()
  /// The sync term is off until the mean "sync" of a validation is below this, as published: the
  /// expert was not trained with pictures like the first ones. Infinity: it is always on.
  double sync_gate = 0.75;
  /// The norms of the expert use the statistics of the batch, as published: see SyncExpert. If
  /// false, they use those of the expert's training, so that clips do not influence each other.
  bool sync_batch_statistics = false;
};

/// HyperLipsBase against the sync expert, its discriminator and the true pictures. Batches: "mels"
/// (B, T, 1, 80, 16), "face" (B, 6, T, 128, 128), "target" (B, 3, T, 128, 128); with a sync term
/// "mel" (B, 1, 80, 16) and T 5; optionally "lips" (B, T, 4) of row0, row1, col0, col1 for the
/// mouth term, else kMiddleOfLowerHalf is used. Losses: those of the terms that are on, "total",
/// and the discriminator's "real" and "fake"; validate() also gives "mouth" and "sync" without
/// weight.
class BaseStage : public AdversarialStage {
 public:
  /// Throws Error{Settings} for negative weights, and what loading checkpoints throws.
  explicit BaseStage(const BaseStageOptions &options);

  /// Reference, input, output, truth.
  cv::Mat sample_grid(const Batch &batch, int rows) override;

  /// Opens the gate of the sync term, see BaseStageOptions::sync_gate.
  void validated(const Losses &means) override;
  /// "sync_gate_open"
  nlohmann::json state() const override;
  void restore(const nlohmann::json &state) override;

 private:
  torch::Tensor generate(const Batch &batch) override;
  torch::Tensor generator_loss(const Batch &batch, const torch::Tensor &generated, bool training,
                               LossList &list) override;
  torch::Tensor discriminator_loss(const torch::Tensor &target, const torch::Tensor &generated,
                                   LossList &list) override;

  BaseLosses losses_;
  HyperLipsBase model_{nullptr};
  std::optional<SyncExpert> sync_expert_;
  double sync_gate_;
  bool gate_open_;
};

}  // namespace hyperlips::training
