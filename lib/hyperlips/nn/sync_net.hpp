// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/sequential.h>
#include <utility>

namespace hyperlips {

/// The lip-sync expert SyncNet_color, of HyperLips for lower half faces of 64x128 (height, width)
/// or of Wav2Lip (arXiv 2008.10010) for 48x96.
class SyncNetImpl : public torch::nn::Module {
 public:
  /// `face_size` s is the width of a face: 128 (HyperLips) or 96 (Wav2Lip). Throws Error{Settings}
  /// otherwise.
  explicit SyncNetImpl(int face_size = 128);

  /// mel: (B, 1, 80, 16); faces: (B, 15, s / 2, s), the lower halves of 5 consecutive faces, BGR
  /// each, 0 ... 1. Returns the embeddings of audio and faces, (B, 512) each, float32, of unit
  /// length and without negative elements; their dot product (cosine similarity) is 1 for a perfect
  /// match.
  std::pair<torch::Tensor, torch::Tensor> forward(const torch::Tensor &mel,
                                                  const torch::Tensor &faces);

 private:
  torch::nn::Sequential face_encoder_{nullptr}, audio_encoder_{nullptr};
};
TORCH_MODULE(SyncNet);

}  // namespace hyperlips
