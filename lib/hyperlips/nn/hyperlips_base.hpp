// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>

#include "hyperlips/nn/hyper_conv.hpp"
#include "hyperlips/nn/lr_aspp.hpp"
#include "hyperlips/nn/mobilenet_v3.hpp"
#include "hyperlips/nn/recurrent_decoder.hpp"

namespace hyperlips {

/// Computes codes from speech and convolves the features of the face with weights that depend on
/// them.
class HyperControlNetImpl : public torch::nn::Module {
 public:
  HyperControlNetImpl();
  /// mel: (B, 1, 80, 16); face_features: (B, 16, 64, 64), (B, 24, 32, 32), (B, 40, 16, 16) and
  /// (B, 128, 8, 8). Returns the shapes of face_features, 0 ... 1.
  std::array<torch::Tensor, 4> forward(const torch::Tensor &mel,
                                       const std::array<torch::Tensor, 4> &face_features);

 private:
  MobileNetV3Encoder audio_encoder_;
  LrAspp aspp_a_;
  std::array<HyperCode, 4> codes_;
  std::array<DoubleHyperConv, 4> convs_;
};
TORCH_MODULE(HyperControlNet);

/// HyperLipsBase, the base network of HyperLips (arXiv 2310.05720): generates a face of 128x128
/// pixels with the lips in sync with a mel window. Names and initialization are as published.
class HyperLipsBaseImpl : public torch::nn::Module {
 public:
  HyperLipsBaseImpl();

  /// mel: (B, 1, 80, 16); face: (B, 6, 128, 128), BGR of the target with its lower half zero, then
  /// BGR of the reference, 0 ... 1. Returns BGR, (B, 3, 128, 128), 0 ... 1. With a time axis, mel
  /// (B, T, 1, 80, 16) and face (B, 6, T, 128, 128) give (B, 3, T, 128, 128).
  torch::Tensor forward(const torch::Tensor &mel, const torch::Tensor &face);

  /// The four features of the face encoder, for tests that locate the first difference.
  std::array<torch::Tensor, 4> encode_face(const torch::Tensor &face);

 private:
  // In the published order, which the state of an optimizer depends on.
  torch::nn::Sequential up_conv_, output_block_;
  MobileNetV3Encoder face_encoder_;
  LrAspp aspp_;
  HyperControlNet hyper_control_net_;
  RecurrentDecoder decoder_;
};
TORCH_MODULE(HyperLipsBase);

}  // namespace hyperlips
