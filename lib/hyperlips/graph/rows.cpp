// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/graph/rows.hpp"

#include <algorithm>
#include <limits>

#include "hyperlips/graph/append.hpp"

namespace hyperlips {
namespace {

constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::max();
/// Fewer rows are not worth a copy of the rest: a part of the height of a feature map.
constexpr std::int64_t kWorthwhile = 16;

bool is_map(const Node &node) { return node.shape.size() == 3; }

/// The first row of the inputs that an operator needs for the rows of its result from `row` on.
struct FirstInputRow {
  std::int64_t row;

  std::int64_t operator()(const ConvNode &conv) const {
    if (conv.transposed) return row / 2;
    const std::int64_t kernel = conv.dilation * (conv.weight.shape[2] - 1) + 1;
    const bool same = conv.stride[0] == 1 && kernel == 2 * conv.padding + 1;
    return same ? std::max(row - conv.padding, std::int64_t{0}) : 0;
  }
  std::int64_t operator()(const HyperConvNode &) const {
    return std::max(row - 1, std::int64_t{0});
  }
  std::int64_t operator()(const DoubleNode &) const {
    return std::max(row - 1, std::int64_t{0}) / 2;
  }
  std::int64_t operator()(const ScaleNode &) const { return row; }
  std::int64_t operator()(const ConcatNode &) const { return row; }
  std::int64_t operator()(const ChannelsNode &) const { return row; }
  std::int64_t operator()(const GruNode &) const { return row; }
  std::int64_t operator()(const RowsNode &rows) const { return row + rows.first; }
  std::int64_t operator()(const InputNode &) const { return 0; }
  std::int64_t operator()(const LinearNode &) const { return 0; }
  std::int64_t operator()(const MeanNode &) const { return 0; }
  std::int64_t operator()(const FlattenNode &) const { return 0; }
  std::int64_t operator()(const HalveNode &) const { return 0; }
  std::int64_t operator()(const NormalizeNode &) const { return 0; }
};

/// For each node, the first row of its result that has to be right.
std::vector<std::int64_t> needed_rows(const Graph &graph, std::int64_t first) {
  std::vector<std::int64_t> needed(graph.nodes.size(), kNothing);
  needed.at(graph.outputs.at(0).node) = first;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node &node = graph.nodes[i];
    if (needed[i] == kNothing) continue;
    const std::int64_t row = std::visit(FirstInputRow{is_map(node) ? needed[i] : 0}, node.op);
    for (const int input : node.inputs) needed[input] = std::min(needed[input], row);
  }
  return needed;
}

/// The factor between the rows of an operator's inputs and of its result.
std::int64_t enlarged(const Operator &op, std::int64_t row) {
  const auto *conv = std::get_if<ConvNode>(&op);
  return std::holds_alternative<DoubleNode>(op) || (conv && conv->transposed) ? 2 * row : row;
}

class Cutter {
 public:
  Cutter(const Graph &graph, std::int64_t first)
      : from_(graph), needed_(needed_rows(graph, first)) {}

  Graph cut() {
    for (std::size_t i = 0; i < from_.nodes.size(); ++i) add(i);
    GraphOutput output = from_.outputs.at(0);
    const int node = output.node;
    output.node = rows_of(node, needed_[node], false);
    to_.outputs = {output};
    return std::move(to_);
  }

 private:
  /// A copied node, and the row of the whole result that is the first of its own.
  struct Copied {
    int node = -1;
    std::int64_t start = 0;
  };

  void add(std::size_t index) {
    const Node &node = from_.nodes[index];
    Copied &copied = copied_.emplace_back();
    if (node.inputs.empty()) {
      to_.nodes.push_back(node);
      copied.node = static_cast<int>(to_.nodes.size()) - 1;
      return;
    }
    if (needed_[index] == kNothing) return;
    const std::int64_t start = start_of_inputs(index);
    std::vector<int> inputs;
    for (const int input : node.inputs) inputs.push_back(rows_of(input, start, node.precise));
    copied.node = append(to_, node.op, std::move(inputs), node.precise);
    copied.start = is_map(node) ? enlarged(node.op, start) : 0;
  }

  /// The row at which all maps begin that this node gets.
  std::int64_t start_of_inputs(std::size_t index) const {
    const Node &node = from_.nodes[index];
    const std::int64_t wanted =
        std::visit(FirstInputRow{is_map(node) ? needed_[index] : 0}, node.op);
    std::int64_t start = 0, height = 0;
    for (const int input : node.inputs) {
      if (!is_map(from_.nodes[input])) continue;
      start = std::max(start, copied_[input].start);
      height = from_.nodes[input].shape[1];
    }
    // A concatenation copies its inputs anyway.
    const bool cut =
        std::holds_alternative<ConcatNode>(node.op) || (wanted - start) * kWorthwhile >= height;
    return cut ? wanted : start;
  }

  int rows_of(int index, std::int64_t start, bool precise) {
    const Copied &copied = copied_[index];
    const std::int64_t surplus = start - copied.start;
    if (surplus == 0 || !is_map(from_.nodes[index])) return copied.node;
    return append(to_, RowsNode{surplus}, {copied.node}, precise);
  }

  const Graph &from_;
  const std::vector<std::int64_t> needed_;
  std::vector<Copied> copied_;
  Graph to_;
};

}  // namespace

Graph only_rows(const Graph &graph, std::int64_t first) {
  return first == 0 ? graph : Cutter(graph, first).cut();
}

}  // namespace hyperlips
