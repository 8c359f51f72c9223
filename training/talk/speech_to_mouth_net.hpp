// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>

namespace hyperlips::training {

/// The shape of the network that SpeechToMouth (hyperlips/talk/speech_to_mouth.hpp) runs.
struct SpeechToMouthShape {
  int channels = 128;
  std::vector<int> taps{5, 5, 5, 4};  ///< columns that each convolution sees
  std::vector<int> dilations{1, 2, 2, 4};
  int columns_before = 8;

  /// Columns of the window: 33 by default, from -100 to +312 ms.
  int columns() const;
};

/// Convolutions over time, without padding, with rectifiers in between.
class SpeechToMouthNetImpl : public torch::nn::Module {
 public:
  explicit SpeechToMouthNetImpl(const SpeechToMouthShape &shape);

  /// mel: (B, 80, T), -4 ... 4. Returns (B, channels, T - columns() + 1).
  torch::Tensor features(torch::Tensor mel);
  /// (B, 24, T) from features: the nine values of MouthPose in units of MouthScale, and the logits
  /// of the 15 visemes.
  torch::Tensor mouth(const torch::Tensor &features);
  /// (B, kSounds + 1, T) from features: logits of the sounds and silence. Only for training, where
  /// they make features that carry over to other voices.
  torch::Tensor sounds(const torch::Tensor &features);

  const SpeechToMouthShape &shape() const { return shape_; }

 private:
  SpeechToMouthShape shape_;
  torch::nn::ModuleList convolutions_;
  torch::nn::Conv1d head_{nullptr}, sounds_{nullptr};
};
TORCH_MODULE(SpeechToMouthNet);

/// Mean and deviation of each mouth value in the data: the network learns (value - mean) /
/// deviation.
struct MouthScale {
  torch::Tensor mean, deviation;  ///< (9) float32
};

/// Writes the file that SpeechToMouth reads. Throws Error{NotFound|Failed} as write_safetensors().
void export_speech_to_mouth(SpeechToMouthNet &network, const MouthScale &scale,
                            const std::filesystem::path &path,
                            std::map<std::string, std::string> metadata);

}  // namespace hyperlips::training
