// SPDX-License-Identifier: LGPL-2.1-or-later
#include "nn/sync_net.hpp"

#include <span>

#include "nn/blocks.hpp"
#include "nn/sync_net_layers.hpp"

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
  const torch::Tensor flat = embedding.flatten(1);
  return flat / flat.norm(2, 1, true).clamp_min(1e-12);
}

}  // namespace

SyncNetImpl::SyncNetImpl() {
  face_encoder_ = register_module("face_encoder", encoder(sync_net_face_layers));
  audio_encoder_ = register_module("audio_encoder", encoder(sync_net_audio_layers));
}

std::pair<torch::Tensor, torch::Tensor> SyncNetImpl::forward(const torch::Tensor &mel,
                                                             const torch::Tensor &faces) {
  return {unit_length(audio_encoder_->forward(mel)), unit_length(face_encoder_->forward(faces))};
}

}  // namespace hyperlips
