// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/vgg_features.hpp"

#include "hyperlips/model/describe.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

struct Stage {
  std::int64_t channels;
  int convolutions;
};

std::vector<Stage> stages(VggDepth depth) {
  const int deep = depth == VggDepth::Vgg19 ? 4 : 3;
  return {{64, 2}, {128, 2}, {256, deep}, {512, deep}, {512, deep}};
}

}  // namespace

torch::Tensor checked_weights(const TensorFile &file, const std::string &kind,
                              const std::string &name, const std::vector<std::int64_t> &shape,
                              const torch::Device &device) {
  const auto bad = [&](const std::string &problem) {
    return damaged(file.path, kind + " checkpoint", "tensor " + quote(name) + " " + problem);
  };
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) {
    throw bad("is missing, expected shape " + describe_shape(shape));
  }
  if (found->second.shape != shape) {
    throw bad("has shape " + describe_shape(found->second.shape) + ", expected " +
              describe_shape(shape));
  }
  torch::Tensor values = to_torch(found->second).to(torch::kFloat32);
  if (!values.isfinite().all().item<bool>()) throw bad("has values that are not finite");
  return values.to(device);
}

VggFeatures::VggFeatures(const TensorFile &file, VggDepth depth, int last,
                         const torch::Device &device) {
  const std::string kind = "VGG-" + std::to_string(static_cast<int>(depth));
  std::int64_t channels = 3;
  const auto full = [&] { return static_cast<int>(layers_.size()) > last; };
  for (const Stage &stage : stages(depth)) {
    for (int i = 0; i < stage.convolutions && !full(); ++i) {
      const std::string name = "features." + std::to_string(layers_.size());
      layers_.push_back(
          {Layer::Convolution,
           checked_weights(file, kind, name + ".weight", {stage.channels, channels, 3, 3}, device),
           checked_weights(file, kind, name + ".bias", {stage.channels}, device)});
      if (!full()) layers_.push_back({Layer::Relu, {}, {}});
      channels = stage.channels;
    }
    if (!full()) layers_.push_back({Layer::Pool, {}, {}});
  }
}

std::vector<torch::Tensor> VggFeatures::forward(const torch::Tensor &x,
                                                std::span<const int> taps) const {
  std::vector<torch::Tensor> outputs;
  torch::Tensor out = x;
  for (std::size_t i = 0; i < layers_.size() && outputs.size() < taps.size(); ++i) {
    const Layer &layer = layers_[i];
    switch (layer.kind) {
      case Layer::Convolution:
        out = torch::conv2d(out, layer.weight, layer.bias, 1, 1);
        break;
      case Layer::Relu:
        out = torch::relu(out);
        break;
      case Layer::Pool:
        out = torch::max_pool2d(out, 2);
        break;
    }
    if (taps[outputs.size()] == static_cast<int>(i)) outputs.push_back(out);
  }
  return outputs;
}

}  // namespace hyperlips::training
