// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "hyperlips/engine/eager/eager_graph.hpp"
#include "hyperlips/engine/eager/hyper_conv_graph.hpp"
#include "hyperlips/engine/eager/mobilenet_graph.hpp"

namespace hyperlips {
namespace {

at::Tensor halve(const at::Tensor &x) { return at::avg_pool2d(x, 2, 2); }

at::Tensor double_size(const at::Tensor &x) {
  return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, /*align_corners=*/false);
}

/// ConvGru with zero state: one convolution computes the update gate z and the candidate c, and the
/// new state is sigmoid(z) * tanh(c).
class GruGraph {
 public:
  GruGraph(const GraphWeights &weights, const std::string &name) : conv_(make(weights, name)) {}

  /// Processes the second half of the channels of x, (B, 2 C, H, W), in place.
  void operator()(const at::Tensor &x) const {
    const std::int64_t half = x.size(1) / 2;
    const at::Tensor second = x.slice(1, half);
    const at::Tensor gates = conv_(second.contiguous(at::MemoryFormat::ChannelsLast));
    at::Tensor out = second;
    at::mul_out(out, gates.slice(1, 0, half).sigmoid(), gates.slice(1, half).tanh());
  }

 private:
  static FoldedConv make(const GraphWeights &weights, const std::string &name) {
    const std::int64_t channels = weights(name + ".hh.0.bias").size(0);
    const auto of_input = [&](const std::string &tensor) {
      return weights(tensor).slice(1, 0, channels);
    };
    const at::Tensor weight = at::cat(
        {of_input(name + ".ih.0.weight").slice(0, channels), of_input(name + ".hh.0.weight")});
    const at::Tensor bias =
        at::cat({weights(name + ".ih.0.bias").slice(0, channels), weights(name + ".hh.0.bias")});
    return FoldedConv(weights, weight, bias, {.padding = 1}, Activation::None);
  }

  FoldedConv conv_;
};

class UpsamplingGraph {
 public:
  UpsamplingGraph(const GraphWeights &weights, const std::string &name)
      : conv_(weights, name + ".conv.0", name + ".conv.1", {.padding = 1}, Activation::Relu),
        gru_(weights, name + ".gru") {}

  at::Tensor operator()(const at::Tensor &x, const at::Tensor &skip,
                        const at::Tensor &source) const {
    at::Tensor out = conv_(at::cat({double_size(x), skip, source}, 1));
    gru_(out);
    return out;
  }

 private:
  FoldedConv conv_;
  GruGraph gru_;
};

class BaseGraph : public EagerGraph {
 public:
  explicit BaseGraph(const GraphWeights &weights)
      : type_(weights.type()),
        face_encoder_(weights, "face_encoder"),
        audio_encoder_(weights, "hyper_control_net.audio_encoder"),
        aspp_(weights, "aspp"),
        audio_aspp_(weights, "hyper_control_net.aspp_a"),
        bottleneck_gru_(weights, "decoder.decode4.gru"),
        decode3_(weights, "decoder.decode3"),
        decode2_(weights, "decoder.decode2"),
        decode1_(weights, "decoder.decode1"),
        decode0_{FoldedConv(weights, "decoder.decode0.conv.0", "decoder.decode0.conv.1",
                            {.padding = 1}, Activation::Relu),
                 FoldedConv(weights, "decoder.decode0.conv.3", "decoder.decode0.conv.4",
                            {.padding = 1}, Activation::Relu)},
        up_conv_{conv_block(weights, "up_conv.0"), conv_block(weights, "up_conv.1")},
        output_(weights, "output_block") {
    // Sizes of the audio encoder's features for a window of 80 bands and 16 columns.
    constexpr std::array<std::array<std::int64_t, 2>, 4> kAudioSizes{
        {{40, 8}, {20, 4}, {10, 2}, {5, 1}}};
    for (std::size_t i = 0; i < kAudioSizes.size(); ++i) {
      const std::string index = std::to_string(i);
      codes_.emplace_back(weights, "hyper_control_net.hnet" + index, kAudioSizes[i][0],
                          kAudioSizes[i][1]);
      hyper_convs_.emplace_back(weights, "hyper_control_net.dconv_down" + index);
    }
  }

  std::vector<at::Tensor> forward(std::span<const at::Tensor> inputs) const override {
    const at::Tensor precise_face = to_channels_last(inputs[1], at::kFloat);
    std::array<at::Tensor, 4> audio = audio_encoder_(to_channels_last(inputs[0], at::kFloat));
    audio[3] = audio_aspp_(audio[3]);
    std::array<at::Tensor, 4> features = face_encoder_(precise_face);
    features[3] = aspp_(features[3]);
    for (std::size_t i = 0; i < features.size(); ++i) {
      features[i] = hyper_convs_[i](features[i], codes_[i](audio[i]))
                        .contiguous(at::MemoryFormat::ChannelsLast);
    }
    const at::Tensor face = precise_face.to(type_);
    const at::Tensor half = halve(face);
    const at::Tensor quarter = halve(half);
    const at::Tensor eighth = halve(quarter);
    bottleneck_gru_(features[3]);
    at::Tensor x = decode3_(features[3], features[2], eighth);
    x = decode2_(x, features[1], quarter);
    x = decode1_(x, features[0], half);
    x = decode0_[1](decode0_[0](at::cat({double_size(x), face}, 1)));
    for (const FoldedConv &conv : up_conv_) x = conv(x, x);
    return {output_(x)};
  }

 private:
  at::ScalarType type_;
  MobileNetGraph face_encoder_, audio_encoder_;
  LrAsppGraph aspp_, audio_aspp_;
  std::vector<HyperCodeGraph> codes_;
  std::vector<DoubleHyperConvGraph> hyper_convs_;
  GruGraph bottleneck_gru_;
  UpsamplingGraph decode3_, decode2_, decode1_;
  std::array<FoldedConv, 2> decode0_, up_conv_;
  OutputBlock output_;
};

}  // namespace

std::unique_ptr<EagerGraph> make_base_graph(const GraphWeights &weights) {
  return std::make_unique<BaseGraph>(weights);
}

}  // namespace hyperlips
