// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/backend.hpp"

#include <functional>
#include <numeric>

#include "hyperlips/engine/cpu_features.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

TensorInfo tensor_info(const std::string &name, const Shape &shape, bool pixels) {
  if (!pixels) return {name, shape, false};
  return {name, {shape[1], shape[2], shape[0]}, true};
}

}  // namespace

Precision cpu_precision(Precision wanted) {
  if (wanted == Precision::Fp16)
    throw Error(ErrorKind::Settings,
                "Precision fp16 requires a CUDA device; on the CPU use bf16 or fp32.");
  if (wanted != Precision::Auto) return wanted;
  return cpu_multiplies_bf16() ? Precision::Bf16 : Precision::Fp32;
}

void throw_unknown_device(const std::string &device) {
  throw Error(ErrorKind::Settings,
              "Unknown device " + quote(device) + "; expected auto, cpu, cuda or cuda:N.");
}

std::size_t TensorInfo::values() const {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

std::size_t TensorInfo::bytes() const { return values() * (pixels ? 1 : sizeof(float)); }

std::vector<TensorInfo> inputs_of(const Graph &graph) {
  std::vector<TensorInfo> inputs;
  for (const Node &node : graph.nodes)
    if (const auto *input = std::get_if<InputNode>(&node.op))
      inputs.push_back(tensor_info(input->name, node.shape, input->pixels));
  return inputs;
}

std::vector<TensorInfo> outputs_of(const Graph &graph) {
  std::vector<TensorInfo> outputs;
  for (const GraphOutput &output : graph.outputs)
    outputs.push_back(tensor_info(output.name, graph.nodes[output.node].shape, output.pixels));
  return outputs;
}

}  // namespace hyperlips
