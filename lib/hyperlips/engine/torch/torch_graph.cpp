// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/torch/torch_graph.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "hyperlips/engine/torch/conv_layer.hpp"

namespace hyperlips {
namespace {

using Inputs = std::span<const at::Tensor>;
/// Computes one operator.
using Step = std::function<at::Tensor(Inputs)>;

at::ScalarType type_of(Precision precision) {
  switch (precision) {
    case Precision::Bf16:
      return at::kBFloat16;
    case Precision::Fp16:
      return at::kHalf;
    case Precision::Auto:
    case Precision::Fp32:
      break;
  }
  return at::kFloat;
}

at::Tensor channels_last(const at::Tensor &x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast);
}

/// A linear layer.
struct Linear {
  at::Tensor weight, bias;

  at::Tensor operator()(const at::Tensor &x) const { return at::linear(x, weight, bias); }
};

/// Makes the step of each operator. `options`: type and device to compute in.
struct MakeStep {
  const Node &node;
  at::TensorOptions options;

  Linear linear(const Weights &weight, const Weights &bias) const {
    return {to_tensor(weight, options), bias.empty() ? at::Tensor() : to_tensor(bias, options)};
  }

  Step operator()(const InputNode &input) const {
    const auto type = options.dtype().toScalarType();
    if (!input.pixels)
      return [type](Inputs in) {
        return in[0].dim() == 4 ? channels_last(in[0].to(type)) : in[0].to(type);
      };
    return [type](Inputs in) {
      // (B, H, W, C) in memory is a channels_last tensor.
      return in[0].to(at::kFloat).div_(255).to(type).permute({0, 3, 1, 2});
    };
  }
  Step operator()(const ConvNode &conv) const {
    return [layer = ConvLayer(conv, options)](Inputs in) {
      return in.size() > 1 ? layer(in[0], in[1]) : layer(in[0]);
    };
  }
  Step operator()(const HyperConvNode &conv) const;
  Step operator()(const LinearNode &layer) const {
    return [linear = linear(layer.weight, layer.bias), activation = layer.activation](Inputs in) {
      return activate(linear(in[0]), activation);
    };
  }
  Step operator()(const MeanNode &) const {
    return [](Inputs in) { return in[0].mean({2, 3}); };
  }
  Step operator()(const ScaleNode &) const {
    return [](Inputs in) { return in[0] * in[1].view({in[1].size(0), in[1].size(1), 1, 1}); };
  }
  Step operator()(const FlattenNode &) const {
    return [](Inputs in) { return in[0].contiguous().flatten(1); };
  }
  Step operator()(const ConcatNode &) const {
    return [](Inputs in) { return at::cat(at::TensorList(in.data(), in.size()), 1); };
  }
  Step operator()(const ChannelsNode &part) const {
    return [part](Inputs in) {
      return channels_last(in[0].slice(1, part.first, part.first + part.count));
    };
  }
  Step operator()(const RowsNode &rows) const {
    return [first = rows.first](Inputs in) { return channels_last(in[0].slice(2, first)); };
  }
  Step operator()(const HalveNode &) const {
    return [](Inputs in) { return at::avg_pool2d(in[0], 2, 2); };
  }
  Step operator()(const DoubleNode &) const {
    return [](Inputs in) {
      return at::upsample_bilinear2d(in[0], {2 * in[0].size(2), 2 * in[0].size(3)},
                                     /*align_corners=*/false);
    };
  }
  Step operator()(const GruNode &) const {
    return [](Inputs in) {
      const std::int64_t half = in[0].size(1) / 2;
      return in[0].slice(1, 0, half).sigmoid().mul_(in[0].slice(1, half).tanh());
    };
  }
  Step operator()(const NormalizeNode &) const {
    return [](Inputs in) {
      const at::Tensor x = in[0].to(at::kFloat);
      return x / at::linalg_vector_norm(x, 2, 1, true).clamp_min(1e-12);
    };
  }
};

/// Kernels and biases are computed in float32.
Step MakeStep::operator()(const HyperConvNode &conv) const {
  const MakeStep precise{node, options.dtype(at::kFloat)};
  const std::int64_t channels = node.shape[0];
  Linear kernels = precise.linear(conv.kernel_weight, conv.kernel_bias);
  // To (out, in, row, column).
  const auto reordered = [channels](const at::Tensor &rows) {
    return rows.view({channels, 9, channels, -1}).permute({0, 2, 1, 3}).reshape(rows.sizes());
  };
  kernels = {reordered(kernels.weight), reordered(kernels.bias)};
  const Linear biases = precise.linear(conv.bias_weight, conv.bias_bias);
  return [channels, kernels, biases, activation = conv.activation](Inputs in) {
    const at::Tensor x = in[0].contiguous();
    const at::Tensor code = in[1].to(at::kFloat);
    const std::int64_t all = x.size(0) * channels;
    // One group per sample applies each sample's own kernel in a single convolution.
    at::Tensor y = at::conv2d(x.view({1, all, x.size(2), x.size(3)}),
                              kernels(code).view({all, channels, 3, 3}).to(x.scalar_type()),
                              biases(code).flatten().to(x.scalar_type()), 1, 1, 1, x.size(0));
    return channels_last(activate(std::move(y), activation).view(x.sizes()));
  };
}

/// The result as Network::run() gives it.
at::Tensor finished(const at::Tensor &x, bool pixels) {
  const at::Tensor values = x.to(at::kFloat);
  if (!pixels) return values;
  return values.permute({0, 2, 3, 1}).clamp(0, 1).mul_(255).add_(0.5f).to(at::kByte);
}

}  // namespace

struct TorchGraph::Layer {
  Step step;
  std::vector<int> inputs;
  bool is_input = false;
  at::ScalarType type = at::kFloat;  ///< that its inputs have to have
  std::vector<int> last_used;        ///< nodes that nothing needs after this one
};

TorchGraph::TorchGraph(const Graph &graph, const DeviceChoice &choice) : outputs_(graph.outputs) {
  const at::TensorOptions options(at::Device(choice.device));
  std::vector<std::size_t> last_user(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node &node = graph.nodes[i];
    const bool is_input = std::holds_alternative<InputNode>(node.op);
    // Inputs are kept in float32 for the precise nodes.
    const at::ScalarType type = node.precise || is_input ? at::kFloat : type_of(choice.precision);
    layers_.push_back({.step = std::visit(MakeStep{node, options.dtype(type)}, node.op),
                       .inputs = node.inputs,
                       .is_input = is_input,
                       .type = type,
                       .last_used = {}});
    for (const int input : node.inputs) last_user[input] = i;
  }
  for (const GraphOutput &output : outputs_) last_user[output.node] = graph.nodes.size();
  for (std::size_t i = 0; i < last_user.size(); ++i)
    if (last_user[i] < layers_.size()) layers_[last_user[i]].last_used.push_back(int(i));
}

TorchGraph::~TorchGraph() = default;
TorchGraph::TorchGraph(TorchGraph &&) noexcept = default;

std::vector<at::Tensor> TorchGraph::operator()(Inputs inputs,
                                               const std::function<void()> &pause) const {
  std::vector<at::Tensor> values;
  std::size_t next_input = 0;
  std::vector<at::Tensor> in;
  for (const Layer &layer : layers_) {
    in.clear();
    if (layer.is_input) in.push_back(inputs[next_input++]);
    for (const int input : layer.inputs) {
      const bool code = values[input].dim() == 2;  // its user converts it
      in.push_back(code ? values[input] : values[input].to(layer.type));
    }
    values.push_back(layer.step(in));
    for (const int node : layer.last_used) values[node] = at::Tensor();
    pause();
  }
  std::vector<at::Tensor> results;
  for (const GraphOutput &output : outputs_)
    results.push_back(finished(values[output.node], output.pixels));
  return results;
}

}  // namespace hyperlips
