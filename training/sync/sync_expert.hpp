// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/model/tensor_file.hpp"
#include "training/sync/trained_sync_net.hpp"

namespace hyperlips::training {

/// A trained lip-sync expert whose weights stay as they are.
class SyncExpert {
 public:
  /// Throws as load_sync_net(). batch_statistics: in training its norms use each batch's own
  /// statistics and update their running ones, as the published training (which never puts the
  /// expert in evaluation mode) does; otherwise each clip is judged for itself.
  SyncExpert(const TensorFile &file, const torch::Device &device, bool batch_statistics);

  /// 96 or 128.
  int face_size() const { return expert_.face_size; }

  /// How well sound and picture fit, (B): mel (B, 1, 80, 16), faces (B, 3, 5, S, S), 0 ... 1, BGR.
  /// Gradients reach the faces only. training: whether the batch statistics count, if wanted.
  torch::Tensor similarity(const torch::Tensor &mel, const torch::Tensor &faces, bool training);

 private:
  TrainedSyncNet expert_;
  bool batch_statistics_;
};

}  // namespace hyperlips::training
