// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/from_blob.h>

#include "hyperlips/engine/backend.hpp"
#include "hyperlips/engine/eager/eager_graph.hpp"

namespace hyperlips {
namespace {

std::vector<std::int64_t> batched(int batch, const TensorInfo &tensor) {
  std::vector<std::int64_t> shape{batch};
  shape.insert(shape.end(), tensor.shape.begin(), tensor.shape.end());
  return shape;
}

class EagerBackend : public Backend {
 public:
  EagerBackend(const TensorFile &file, const NetworkInfo &info)
      : info_(info), device_(info.device) {
    const GraphWeights weights(file, info);
    if (info.architecture == "HyperLipsBase") {
      graph_ = make_base_graph(weights);
    } else if (info.architecture == "SyncNet_color") {
      graph_ = make_sync_net_graph(weights);
    } else {
      graph_ = make_hr_graph(weights);
    }
  }

  void compute(int batch, std::span<const std::span<const float>> inputs,
               std::span<const std::span<float>> outputs) override {
    std::vector<at::Tensor> tensors;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const at::Tensor input =
          at::from_blob(const_cast<float *>(inputs[i].data()), batched(batch, info_.inputs[i]));
      tensors.push_back(input.to(device_));
    }
    tensors = graph_->forward(tensors);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      at::from_blob(outputs[i].data(), batched(batch, info_.outputs[i])).copy_(tensors[i]);
    }
  }

 private:
  NetworkInfo info_;
  at::Device device_;
  std::unique_ptr<EagerGraph> graph_;
};

}  // namespace

at::Tensor to_channels_last(const at::Tensor &x, at::ScalarType type) {
  return x.to(at::TensorOptions().dtype(type).memory_format(at::MemoryFormat::ChannelsLast));
}

std::unique_ptr<Backend> make_eager_backend(const TensorFile &file, const NetworkInfo &info) {
  return std::make_unique<EagerBackend>(file, info);
}

}  // namespace hyperlips
