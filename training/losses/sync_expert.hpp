// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/tensor_file.hpp"
#include "nn/sync_net.hpp"

namespace hyperlips::training {

/// A trained lip-sync expert whose weights stay as they are.
class SyncExpert {
 public:
  /// file: SyncNet_color of HyperLips or of Wav2Lip, told apart by their layers; Error{Format} that
  /// names the file otherwise. batch_statistics: in training its norms use each batch's own
  /// statistics and update their running ones, as the published training (which never puts the
  /// expert in evaluation mode) does; otherwise each clip is judged for itself.
  SyncExpert(const TensorFile &file, const torch::Device &device, bool batch_statistics);

  /// 96 or 128.
  int face_size() const { return face_size_; }

  /// How well sound and picture fit, (B): mel (B, 1, 80, 16), faces (B, 3, 5, S, S), 0 ... 1, BGR.
  /// Gradients reach the faces only. training: whether the batch statistics count, if wanted.
  torch::Tensor similarity(const torch::Tensor &mel, const torch::Tensor &faces, bool training);

 private:
  int face_size_;
  SyncNet network_{nullptr};
  bool batch_statistics_;
};

}  // namespace hyperlips::training
