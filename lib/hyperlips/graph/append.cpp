// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/graph/append.hpp"

#include <functional>
#include <numeric>
#include <stdexcept>

namespace hyperlips {
namespace {

using Shapes = std::vector<Shape>;

void require(bool fits) {
  if (!fits) throw std::logic_error("the inputs of an operator do not fit it");
}

const Shape &map_of(const Shape &shape) {
  require(shape.size() == 3);
  return shape;
}

Shape result(const InputNode &, const Shapes &) {
  throw std::logic_error("inputs of a graph cannot be appended");
}

Shape result(const ConvNode &conv, const Shapes &in) {
  const Shape &x = map_of(in[0]), &weight = conv.weight.shape;
  Shape out{conv.transposed ? weight[1] * conv.groups : weight[0], 0, 0};
  require(x[0] == (conv.transposed ? weight[0] : weight[1] * conv.groups));
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t size = x[axis + 1], kernel = conv.dilation * (weight[axis + 2] - 1) + 1;
    out[axis + 1] = conv.transposed ? (size - 1) * conv.stride[axis] - 2 * conv.padding + kernel + 1
                                    : (size + 2 * conv.padding - kernel) / conv.stride[axis] + 1;
  }
  require(in.size() == 1 || in[1] == out);
  return out;
}

Shape result(const HyperConvNode &conv, const Shapes &in) {
  require(in.size() == 2 && map_of(in[0])[0] == conv.bias_weight.shape[0]);
  require(in[1] == Shape{conv.bias_weight.shape[1]});
  return in[0];
}

Shape result(const LinearNode &linear, const Shapes &in) {
  require(in[0] == Shape{linear.weight.shape[1]});
  return {linear.weight.shape[0]};
}

Shape result(const MeanNode &, const Shapes &in) { return {map_of(in[0])[0]}; }

Shape result(const ScaleNode &, const Shapes &in) {
  require(in.size() == 2 && in[1] == Shape{map_of(in[0])[0]});
  return in[0];
}

Shape result(const FlattenNode &, const Shapes &in) {
  return {std::accumulate(in[0].begin(), in[0].end(), std::int64_t{1}, std::multiplies<>())};
}

Shape result(const ConcatNode &, const Shapes &in) {
  Shape out = map_of(in[0]);
  for (std::size_t i = 1; i < in.size(); ++i) {
    require(map_of(in[i])[1] == out[1] && in[i][2] == out[2]);
    out[0] += in[i][0];
  }
  return out;
}

Shape result(const ChannelsNode &part, const Shapes &in) {
  require(part.first >= 0 && part.first + part.count <= map_of(in[0])[0]);
  return {part.count, in[0][1], in[0][2]};
}

Shape result(const RowsNode &rows, const Shapes &in) {
  require(rows.first >= 0 && rows.first < map_of(in[0])[1]);
  return {in[0][0], in[0][1] - rows.first, in[0][2]};
}

Shape result(const HalveNode &, const Shapes &in) {
  require(map_of(in[0])[1] % 2 == 0 && in[0][2] % 2 == 0);
  return {in[0][0], in[0][1] / 2, in[0][2] / 2};
}

Shape result(const DoubleNode &, const Shapes &in) {
  return {map_of(in[0])[0], 2 * in[0][1], 2 * in[0][2]};
}

Shape result(const GruNode &, const Shapes &in) {
  require(map_of(in[0])[0] % 2 == 0);
  return {in[0][0] / 2, in[0][1], in[0][2]};
}

Shape result(const NormalizeNode &, const Shapes &in) { return in[0]; }

}  // namespace

int append(Graph &graph, Operator op, std::vector<int> inputs, bool precise) {
  Shapes shapes;
  for (const int input : inputs) shapes.push_back(graph.nodes.at(input).shape);
  require(!shapes.empty());
  Shape shape = std::visit([&](const auto &typed) { return result(typed, shapes); }, op);
  graph.nodes.push_back({std::move(op), std::move(inputs), std::move(shape), precise});
  return static_cast<int>(graph.nodes.size()) - 1;
}

}  // namespace hyperlips
