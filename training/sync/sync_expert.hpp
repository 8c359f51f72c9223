// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/model/tensor_file.hpp"
#include "training/sync/trained_sync_net.hpp"

namespace hyperlips::training {

/// A trained lip-sync expert with frozen weights.
class SyncExpert {
 public:
  /// Throws as load_sync_net(). batch_statistics: in training its norms use the statistics of the
  /// batch and update their running ones, as in the published training, which never puts the expert
  /// in evaluation mode; otherwise the score of a clip does not depend on the others.
  SyncExpert(const TensorFile &file, const torch::Device &device, bool batch_statistics);

  /// 96 or 128.
  int face_size() const { return expert_.face_size; }

  /// How well speech and faces match, (B): mel (B, 1, 80, 16), faces (B, 3, 5, S, S), 0 ... 1, BGR.
  /// Only the faces get gradients. training: use the statistics of the batch, if enabled.
  torch::Tensor similarity(const torch::Tensor &mel, const torch::Tensor &faces, bool training);

 private:
  TrainedSyncNet expert_;
  bool batch_statistics_;
};

}  // namespace hyperlips::training
