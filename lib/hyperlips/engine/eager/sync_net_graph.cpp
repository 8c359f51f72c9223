// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>

#include "hyperlips/engine/eager/eager_graph.hpp"
#include "hyperlips/engine/eager/folded_layers.hpp"
#include "hyperlips/nn/sync_net_layers.hpp"

namespace hyperlips {
namespace {

class SyncNetEncoder {
 public:
  SyncNetEncoder(const GraphWeights &weights, const std::string &name,
                 std::span<const SyncNetLayer> layers) {
    for (const SyncNetLayer &layer : layers) {
      const std::string block = name + "." + std::to_string(convs_.size()) + ".conv_block.";
      convs_.push_back(
          {FoldedConv(weights, block + "0", block + "1",
                      {.stride = layer.stride, .padding = layer.padding}, Activation::Relu),
           layer.residual});
    }
  }

  at::Tensor operator()(at::Tensor x) const {
    for (const auto &[conv, residual] : convs_) x = residual ? conv(x, x) : conv(x);
    const at::Tensor flat = x.flatten(1).to(at::kFloat);
    return flat / at::linalg_vector_norm(flat, 2, 1, true).clamp_min(1e-12);
  }

 private:
  std::vector<std::pair<FoldedConv, bool>> convs_;
};

class SyncNetGraph : public EagerGraph {
 public:
  explicit SyncNetGraph(const GraphWeights &weights)
      : type_(weights.type()),
        audio_(weights, "audio_encoder", kSyncNetAudioLayers),
        face_(weights, "face_encoder", kSyncNetFaceLayers) {}

  std::vector<at::Tensor> forward(std::span<const at::Tensor> inputs) const override {
    return {audio_(to_channels_last(inputs[0], type_)), face_(to_channels_last(inputs[1], type_))};
  }

 private:
  at::ScalarType type_;
  SyncNetEncoder audio_, face_;
};

}  // namespace

std::unique_ptr<EagerGraph> make_sync_net_graph(const GraphWeights &weights) {
  return std::make_unique<SyncNetGraph>(weights);
}

}  // namespace hyperlips
