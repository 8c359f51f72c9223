// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/hyperlips_base.hpp"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>

#include "hyperlips/nn/blocks.hpp"

namespace hyperlips {
namespace {

namespace nn = torch::nn;

constexpr std::array<std::int64_t, 4> kFeatureChannels{16, 24, 40, 128};
/// The sizes of the audio encoder's flattened features for a window of 80x16.
constexpr std::array<std::int64_t, 4> kAudioFeatures{320 * 16, 80 * 24, 20 * 40, 5 * 128};

nn::Conv2dOptions conv3x3(std::int64_t in, std::int64_t out) {
  return nn::Conv2dOptions(in, out, 3).padding(1);
}

}  // namespace

HyperControlNetImpl::HyperControlNetImpl()
    : audio_encoder_(register_module("audio_encoder", MobileNetV3Encoder(1))),
      aspp_a_(register_module("aspp_a", LrAspp(kMobilenetV3LastChannels, 128))),
      codes_{nullptr, nullptr, nullptr, nullptr},
      convs_{nullptr, nullptr, nullptr, nullptr} {
  for (std::size_t i = 0; i < codes_.size(); ++i) {
    codes_[i] = register_module("hnet" + std::to_string(i), HyperCode(kAudioFeatures[i]));
  }
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    convs_[i] =
        register_module("dconv_down" + std::to_string(i), DoubleHyperConv(kFeatureChannels[i]));
  }
}

std::array<torch::Tensor, 4> HyperControlNetImpl::forward(
    const torch::Tensor &mel, const std::array<torch::Tensor, 4> &face_features) {
  std::array<torch::Tensor, 4> audio = audio_encoder_->forward(mel);
  audio[3] = aspp_a_->forward(audio[3]);
  std::array<torch::Tensor, 4> out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = convs_[i]->forward(face_features[i], codes_[i]->forward(audio[i].flatten(1)));
  }
  return out;
}

HyperLipsBaseImpl::HyperLipsBaseImpl()
    : up_conv_(register_module("up_conv", nn::Sequential(ConvBlock(conv3x3(64, 64), true),
                                                         ConvBlock(conv3x3(64, 64), true)))),
      output_block_(register_module(
          "output_block", nn::Sequential(ConvBlock(conv3x3(64, 32)),
                                         nn::Conv2d(nn::Conv2dOptions(32, 3, 1)), nn::Sigmoid()))),
      face_encoder_(register_module("face_encoder", MobileNetV3Encoder(6))),
      aspp_(register_module("aspp", LrAspp(kMobilenetV3LastChannels, 128))),
      hyper_control_net_(register_module("hyper_control_net", HyperControlNet())),
      decoder_(register_module("decoder", RecurrentDecoder())) {}

std::array<torch::Tensor, 4> HyperLipsBaseImpl::encode_face(const torch::Tensor &face) {
  return face_encoder_->forward(face);
}

torch::Tensor HyperLipsBaseImpl::forward(const torch::Tensor &mel, const torch::Tensor &face) {
  if (face.dim() == 5) {
    // Frame by frame, each with all clips, as the published batch norm sees them.
    const std::int64_t clips = face.size(0), frames = face.size(2);
    const torch::Tensor out =
        forward(mel.transpose(0, 1).flatten(0, 1), face.permute({2, 0, 1, 3, 4}).flatten(0, 1));
    return out.unflatten(0, {frames, clips}).permute({1, 2, 0, 3, 4});
  }
  std::array<torch::Tensor, 4> features = encode_face(face);
  features[3] = aspp_->forward(features[3]);
  features = hyper_control_net_->forward(mel, features);
  return output_block_->forward(up_conv_->forward(decoder_->forward(face, features)));
}

}  // namespace hyperlips
