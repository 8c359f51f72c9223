// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/nn/sync_net.hpp"
#include "training/stages/stage_parts.hpp"

namespace hyperlips::training {

struct SyncStageOptions : StageOptions {
  int face_size = 128;  ///< 128: SyncNet_color of HyperLips; 96: of Wav2Lip
  double learning_rate = 1e-4;
};

/// The lip-sync expert, which scores how well lips match speech. Batches: "mel" (B, 1, 80, 16),
/// "faces" (B, 15, s / 2, s), the lower halves of 5 consecutive faces, and "label" (B) or (B, 1), 1
/// if they match. Losses: "total", the binary cross-entropy of the embeddings' cosine similarity,
/// and "accuracy", the fraction of examples on the correct side of 0.5.
class SyncStage : public Stage {
 public:
  /// Throws Error{Settings} for another face size, and what loading checkpoints throws.
  explicit SyncStage(const SyncStageOptions &options);

  std::vector<Trained> trained() override;
  Losses accumulate(const Batch &batch, double weight) override;
  Losses validate(const Batch &batch) override;
  /// Per row the five half faces; above them a bar whose length is the similarity, green if they
  /// match the speech and red if not.
  cv::Mat sample_grid(const Batch &batch, int rows) override;

 private:
  torch::Tensor similarity(const Batch &batch);

  StageOptions options_;
  SyncNet model_{nullptr};
  int face_size_;
  double learning_rate_;
};

/// A message for the log if the loss (a mean over some hundred steps) is on the plateau at ln 2 =
/// 0.69 on which the training of SyncNets starts, with what to expect after `step` steps; else
/// empty.
std::string sync_plateau_note(double mean_loss, std::int64_t step);

}  // namespace hyperlips::training
