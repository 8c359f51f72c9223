// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/sync_net.hpp"

#include <span>

#include "hyperlips/error.hpp"
#include "hyperlips/nn/blocks.hpp"
#include "hyperlips/nn/full_precision.hpp"
#include "hyperlips/model/sync_net_layers.hpp"

namespace hyperlips {
namespace {

torch::nn::Sequential encoder(std::span<const SyncNetLayer> layers) {
  torch::nn::Sequential encoder;
  for (const SyncNetLayer &layer : layers) {
    encoder->push_back(ConvBlock(torch::nn::Conv2dOptions(layer.in, layer.out, layer.kernel)
                                     .stride({layer.stride[0], layer.stride[1]})
                                     .padding(layer.padding),
                                 layer.residual));
  }
  return encoder;
}

torch::Tensor unit_length(const torch::Tensor &embedding) {
  // In float32 under autocast too: in bfloat16 the angles between good matches would be zero.
  const torch::Tensor flat = full_precision(embedding.flatten(1));
  return flat / flat.norm(2, 1, true).clamp_min(1e-12);
}

std::span<const SyncNetLayer> face_layers(int face_size) {
  if (face_size == 128) return kSyncNetFaceLayers;
  if (face_size == 96) return kWav2lipSyncNetFaceLayers;
  throw Error(ErrorKind::Settings, "Invalid SyncNet face size " + std::to_string(face_size) +
                                       "; expected 128 or 96 pixels.");
}

}  // namespace

SyncNetImpl::SyncNetImpl(int face_size) {
  face_encoder_ = register_module("face_encoder", encoder(face_layers(face_size)));
  audio_encoder_ = register_module("audio_encoder", encoder(kSyncNetAudioLayers));
}

std::pair<torch::Tensor, torch::Tensor> SyncNetImpl::forward(const torch::Tensor &mel,
                                                             const torch::Tensor &faces) {
  return {unit_length(audio_encoder_->forward(mel)), unit_length(face_encoder_->forward(faces))};
}

}  // namespace hyperlips
