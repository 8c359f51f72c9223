// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/graph/graph.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "common/formula_weights.hpp"
#include "hyperlips/graph/append.hpp"
#include "hyperlips/graph/networks.hpp"
#include "hyperlips/graph/rows.hpp"
#include "hyperlips/graph/split.hpp"

namespace hyperlips {
namespace {

const TensorFile &base_file() {
  static const TensorFile file = test::formula_checkpoint("HyperLipsBase");
  return file;
}

Weights zeros(Shape shape) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) count *= std::size_t(size);
  return {std::move(shape), std::make_shared<const std::vector<float>>(count)};
}

Graph with_input(Shape shape) {
  Graph graph;
  graph.nodes.push_back({InputNode{"x"}, {}, std::move(shape)});
  return graph;
}

bool is_input(const Node &node) { return std::holds_alternative<InputNode>(node.op); }

/// Multiplications of the convolutions with fixed weights, in millions.
double multiplications(const Graph &graph) {
  double sum = 0;
  for (const Node &node : graph.nodes) {
    const auto *conv = std::get_if<ConvNode>(&node.op);
    if (!conv) continue;
    const Shape &x = graph.nodes[node.inputs[0]].shape;
    const Shape &pixels = conv->transposed ? x : node.shape;
    sum += double(conv->weight.values->size()) * double(pixels[1]) * double(pixels[2]) / 1e6;
  }
  return sum;
}

/// Each node comes after its inputs.
void expect_order(const Graph &graph) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    EXPECT_EQ(graph.nodes[i].inputs.empty(), is_input(graph.nodes[i]));
    for (const int input : graph.nodes[i].inputs) EXPECT_LT(input, int(i));
  }
  for (const GraphOutput &output : graph.outputs) EXPECT_LT(output.node, int(graph.nodes.size()));
}

TEST(Graph, ShapesOfResults) {
  Graph graph = with_input({4, 6, 10});
  const auto shape_of = [&](Operator op, std::vector<int> inputs) {
    return graph.nodes[append(graph, std::move(op), std::move(inputs), false)].shape;
  };
  EXPECT_EQ(shape_of(ConvNode{.weight = zeros({8, 4, 3, 3}), .stride = {2, 1}, .padding = 1}, {0}),
            (Shape{8, 3, 10}));
  EXPECT_EQ(
      shape_of(
          ConvNode{
              .weight = zeros({4, 8, 3, 3}), .stride = {2, 2}, .padding = 1, .transposed = true},
          {0}),
      (Shape{8, 12, 20}));
  EXPECT_EQ(shape_of(HalveNode{}, {0}), (Shape{4, 3, 5}));
  EXPECT_EQ(shape_of(DoubleNode{}, {0}), (Shape{4, 12, 20}));
  EXPECT_EQ(shape_of(ConcatNode{}, {0, 0}), (Shape{8, 6, 10}));
  EXPECT_EQ(shape_of(ChannelsNode{1, 2}, {0}), (Shape{2, 6, 10}));
  EXPECT_EQ(shape_of(RowsNode{2}, {0}), (Shape{4, 4, 10}));
  EXPECT_EQ(shape_of(FlattenNode{}, {0}), (Shape{240}));
  EXPECT_EQ(shape_of(MeanNode{}, {0}), (Shape{4}));
}

TEST(Graph, RefusesInputsThatDoNotFit) {
  Graph graph = with_input({4, 6, 10});
  const auto refused = [&](Operator op, std::vector<int> inputs) {
    EXPECT_THROW(append(graph, std::move(op), std::move(inputs), false), std::logic_error);
  };
  refused(ConvNode{.weight = zeros({8, 3, 3, 3})}, {0});
  refused(ChannelsNode{3, 2}, {0});
  refused(RowsNode{6}, {0});
  refused(LinearNode{.weight = zeros({2, 4})}, {0});
  refused(MeanNode{}, {});
}

TEST(Graph, PreciseNodesDependOnNothingElse) {
  const Graph graph = make_base_graph(base_file(), true);
  expect_order(graph);
  int precise = 0;
  for (const Node &node : graph.nodes) {
    if (!node.precise) continue;
    ++precise;
    for (const int input : node.inputs)
      EXPECT_TRUE(graph.nodes[input].precise || is_input(graph.nodes[input]));
  }
  EXPECT_GT(precise, 0);
}

TEST(Graph, SplitKeepsAllNodes) {
  const Graph graph = make_base_graph(base_file(), false);
  const SplitGraph split = split_precise(graph);
  expect_order(split.precise);
  expect_order(split.rest);
  const auto inputs = [](const Graph &part) { return std::ranges::count_if(part.nodes, is_input); };
  EXPECT_EQ(split.precise.nodes.size() - std::size_t(inputs(split.precise)) +
                split.rest.nodes.size() - std::size_t(inputs(split.rest)),
            graph.nodes.size() - 2);
  EXPECT_EQ(inputs(split.precise), 2);
  EXPECT_EQ(inputs(split.rest), std::ptrdiff_t(1 + split.precise.outputs.size()));
  for (const Node &node : split.rest.nodes) EXPECT_FALSE(node.precise);
  for (std::size_t i = 0; i < split.precise.outputs.size(); ++i) {
    const Node &input = split.rest.nodes[1 + i];
    EXPECT_EQ(std::get<InputNode>(input.op).name, split.precise.outputs[i].name);
    EXPECT_EQ(input.shape, split.precise.nodes[split.precise.outputs[i].node].shape);
  }
  EXPECT_TRUE(split_precise(make_hr_graph(test::formula_checkpoint("HRDecoder x1"), false))
                  .precise.outputs.empty());
}

TEST(Graph, RowsSaveWork) {
  const Graph base = make_base_graph(base_file(), false);
  const Graph lower = only_rows(base, 64);
  expect_order(lower);
  EXPECT_EQ(lower.nodes[lower.outputs[0].node].shape, (Shape{3, 64, 128}));
  EXPECT_LT(multiplications(lower), 0.62 * multiplications(base));
  for (const auto &[architecture, scale] :
       {std::pair("HRDecoder x1", 1), std::pair("HRDecoder x2", 2), std::pair("HRDecoder x4", 4)}) {
    const Graph whole = make_hr_graph(test::formula_checkpoint(architecture), false);
    const Graph part = only_rows(whole, 64 * scale);
    EXPECT_LT(multiplications(part), 0.6 * multiplications(whole)) << architecture;
    EXPECT_EQ(part.nodes[part.outputs[0].node].shape, (Shape{3, 64 * scale, 128 * scale}));
  }
  EXPECT_EQ(only_rows(base, 0).nodes.size(), base.nodes.size());
}

}  // namespace
}  // namespace hyperlips
