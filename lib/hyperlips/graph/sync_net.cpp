// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/sync_net_layers.hpp"

#include <span>

#include "hyperlips/graph/builder.hpp"
#include "hyperlips/graph/networks.hpp"

namespace hyperlips {
namespace {

int add_encoder(GraphBuilder &builder, int x, const std::string &name,
                std::span<const SyncNetLayer> layers) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string block = name + "." + std::to_string(i) + ".conv_block.";
    x = builder.conv(x, block + "0", block + "1",
                     {.stride = layers[i].stride,
                      .padding = layers[i].padding,
                      .activation = Activation::Relu,
                      .residual = layers[i].residual ? x : -1});
  }
  return builder.add(NormalizeNode{}, {builder.add(FlattenNode{}, {x})});
}

}  // namespace

Graph make_sync_net_graph(const TensorFile &file) {
  GraphBuilder builder(file);
  const int mel = builder.input("mel", {1, 80, 16});
  const int faces = builder.input("faces", {15, 64, 128});
  const int audio = add_encoder(builder, mel, "audio_encoder", kSyncNetAudioLayers);
  builder.output("audio_embedding", audio);
  builder.output("face_embedding", add_encoder(builder, faces, "face_encoder", kSyncNetFaceLayers));
  return builder.take();
}

}  // namespace hyperlips
