// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/nn/discriminators.hpp"
#include "hyperlips/nn/hyperlips_base.hpp"
#include "training/stages/stage_parts.hpp"
#include "training/sync/sync_expert.hpp"

namespace hyperlips::training {

/// The weights of the generator's loss; the defaults are the published ones. 0 turns a term off.
struct BaseLosses {
  double sync = 0.03;        ///< binary cross-entropy of the sync expert's similarity
  double adversarial = 0.2;  ///< cross-entropy of the discriminator's judgement of the lower half
  double l1 = 0.77;          ///< mean absolute difference
  double gradient = 0;       ///< of horizontal and vertical differences: against blur
  double mouth = 0;          ///< mean absolute difference inside the mouth's box
  /// How much the upper half, which the network is shown, counts in l1 and gradient.
  double upper_half = 1;
};

struct BaseStageOptions : AdversarialStageOptions {
  BaseLosses losses;
  std::optional<TensorFile> sync_expert;  ///< without one the sync term is off, and notes() says so
  /// The expert's norms use the batch's own statistics, as published: see SyncExpert. Off, each
  /// clip is judged by the statistics of the expert's own training, whatever else is in the batch.
  bool sync_batch_statistics = false;
};

/// HyperLipsBase against the sync expert, its discriminator and the true pictures. Batches: "mels"
/// (B, T, 1, 80, 16), "face" (B, 6, T, 128, 128), "target" (B, 3, T, 128, 128); with a sync term
/// "mel" (B, 1, 80, 16) and T 5; with a mouth term "lips" (B, T, 4) of row0, row1, col0, col1 or,
/// without it, the middle of the lower half. Losses: those of the terms that are on, "total", and
/// the discriminator's "real" and "fake".
class BaseStage : public Stage {
 public:
  /// Throws Error{Settings} for negative weights, and what loading checkpoints throws.
  explicit BaseStage(const BaseStageOptions &options);

  std::vector<Trained> trained() override;
  Losses accumulate(const Batch &batch, double weight) override;
  Losses validate(const Batch &batch) override;
  cv::Mat collage(const Batch &batch, int rows) override;
  std::vector<std::string> notes() const override { return notes_; }

 private:
  torch::Tensor generate(const Batch &batch);
  torch::Tensor judge(const torch::Tensor &faces);
  torch::Tensor generator_loss(const Batch &batch, const torch::Tensor &generated, bool training,
                               LossList &list);
  torch::Tensor discriminator_loss(const torch::Tensor &target, const torch::Tensor &generated,
                                   LossList &list);

  BaseStageOptions options_;
  HyperLipsBase model_{nullptr};
  BaseDiscriminator discriminator_{nullptr};  ///< none when its term is off
  std::optional<SyncExpert> sync_expert_;
  std::vector<std::string> notes_;
};

}  // namespace hyperlips::training
