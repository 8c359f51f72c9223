// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <filesystem>
#include <span>
#include <vector>

#include "hyperlips/audio/mel_window.hpp"
#include "hyperlips/face/pose.hpp"

namespace hyperlips {

/// What a mouth does at one moment of speech.
struct SpokenMouth {
  MouthPose mouth;
  std::array<float, kVisemes> visemes{};  ///< probability of each Viseme, their sum is 1
};

/// The file of the network: HYPERLIPS_SPEECH_TO_MOUTH if that is set in the environment, else the
/// installed one, else the one in the source tree. Throws Error{NotFound} if there is none.
std::filesystem::path speech_to_mouth_file();

/// Predicts the mouth of a speaker from the sound: a small network of convolutions over time,
/// trained on synthetic speech of which the mouth is known (docs/models/speech-to-mouth.md).
/// Thread-safe.
///
/// The file has safetensors conv.N.weight (outputs, inputs, columns) and conv.N.bias for N = 0, 1,
/// ..., each followed by a rectifier, then head.weight (24, inputs) and head.bias: the nine values
/// of MouthPose in their order, then the logits of the visemes. Metadata: "dilations" (of the
/// convolutions, separated by commas) and "columns_before".
class SpeechToMouth {
 public:
  /// Throws Error{NotFound} if there is no such file, Error{Format} if it is not such a network.
  explicit SpeechToMouth(const std::filesystem::path &file = speech_to_mouth_file());

  /// Columns of the window before column floor(80 t) of a frame at t seconds, and from it on.
  int columns_before() const { return before_; }
  int columns_after() const { return columns_ - before_; }
  /// The same for MelTimeline.
  MelSpan span() const { return {before_, columns_ - before_, MelSpan::End::Silence}; }

  /// The mouth of the frame whose mel window, (80, before + after) row-major, this is. Columns
  /// before the beginning and after the end of the sound are -4. Throws Error{Settings} if the
  /// window has another size.
  SpokenMouth predict(std::span<const float> window) const;

 private:
  struct Layer {
    int inputs, outputs, taps, dilation;
    std::vector<float> weights;  // (taps, inputs, outputs)
    std::vector<float> biases;
    std::vector<int> positions;  // of its outputs in the window that the result depends on
  };
  Layer read_layer(const struct TensorFile &file, const std::string &name, int inputs,
                   int dilation) const;
  void plan();

  std::vector<Layer> layers_;  // the last one is the head
  int before_ = 0, columns_ = 0;
};

}  // namespace hyperlips
