// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/model/tensor_file.hpp"
#include "hyperlips/nn/sync_net.hpp"

namespace hyperlips::training {

/// A SyncNet_color in evaluation mode, without gradients.
struct TrainedSyncNet {
  int face_size = 0;  ///< 128 (HyperLips) or 96 (Wav2Lip)
  SyncNet network{nullptr};
};

/// Loads a SyncNet_color of HyperLips or of Wav2Lip, detected by their layers. Throws Error{Format}
/// that names the file for any other network.
TrainedSyncNet load_sync_net(const TensorFile &file, const torch::Device &device);

/// The input of a SyncNet for faces of `face_size` pixels from 5 consecutive faces: (B, 3, 5, S, S)
/// to (B, 15, face_size / 2, face_size), the lower halves, frame by frame; resized (bilinear) if
/// the sizes differ. Differentiable. Throws Error{Settings} for another number of faces.
torch::Tensor lower_halves(const torch::Tensor &faces, int face_size);

}  // namespace hyperlips::training
