// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/nn/modules/container/sequential.h>

namespace hyperlips::training {

/// SyncNet (Chung and Zisserman, "Out of time", ACCV-W 2016), as published with the weights
/// "syncnet_v2.model", which Wav2Lip's LSE-D and LSE-C use. State-dict names as published.
class SyncNetV2Impl : public torch::nn::Module {
 public:
  static constexpr std::int64_t kEmbedding = 1024;

  SyncNetV2Impl();

  /// (B, 1, 13, 20): 13 MFCC of 20 consecutive columns (200 ms). Returns (B, 1024).
  torch::Tensor forward_sound(const torch::Tensor &mfcc);

  /// (B, 3, 5, 224, 224): BGR of 5 consecutive faces, 0 ... 255. Returns (B, 1024).
  torch::Tensor forward_lips(const torch::Tensor &faces);

 private:
  torch::nn::Sequential netcnnaud_{nullptr}, netfcaud_{nullptr}, netcnnlip_{nullptr},
      netfclip_{nullptr};
};
TORCH_MODULE(SyncNetV2);

}  // namespace hyperlips::training
