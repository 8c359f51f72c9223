// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/sequential.h>
#include <utility>

namespace hyperlips {

/// The lip-sync expert SyncNet_color (Wav2Lip, arXiv 2008.10010, for 64x128 half faces).
class SyncNetImpl : public torch::nn::Module {
 public:
  SyncNetImpl();

  /// mel: (B, 1, 80, 16); faces: (B, 15, 64, 128), the lower halves of 5 successive faces, BGR
  /// each. Gives the embeddings of sound and picture, (B, 512) each, of length 1 and with no
  /// negative element; their scalar product says how well they fit.
  std::pair<torch::Tensor, torch::Tensor> forward(const torch::Tensor &mel,
                                                  const torch::Tensor &faces);

 private:
  torch::nn::Sequential face_encoder_{nullptr}, audio_encoder_{nullptr};
};
TORCH_MODULE(SyncNet);

}  // namespace hyperlips
