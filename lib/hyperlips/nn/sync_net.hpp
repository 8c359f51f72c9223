// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/sequential.h>
#include <utility>

namespace hyperlips {

/// The lip-sync expert SyncNet_color: of HyperLips for half faces of 64x128, of Wav2Lip (arXiv
/// 2008.10010) for 48x96.
class SyncNetImpl : public torch::nn::Module {
 public:
  /// face_size s, the width of a face: 128 (HyperLips) or 96 (Wav2Lip); Error{Settings} otherwise.
  explicit SyncNetImpl(int face_size = 128);

  /// mel: (B, 1, 80, 16); faces: (B, 15, s / 2, s), the lower halves of 5 successive faces, BGR
  /// each. Gives the embeddings of sound and picture, (B, 512) each, of length 1 and with no
  /// negative element, in float32; their scalar product says how well they fit.
  std::pair<torch::Tensor, torch::Tensor> forward(const torch::Tensor &mel,
                                                  const torch::Tensor &faces);

 private:
  torch::nn::Sequential face_encoder_{nullptr}, audio_encoder_{nullptr};
};
TORCH_MODULE(SyncNet);

}  // namespace hyperlips
