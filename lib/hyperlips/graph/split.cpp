// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/graph/split.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace hyperlips {
namespace {

bool is_input(const Node &node) { return std::holds_alternative<InputNode>(node.op); }

/// Copies nodes into a graph, whose nodes they may refer to.
class Part {
 public:
  void add(const Graph &graph, int index) {
    Node node = graph.nodes[index];
    for (int &input : node.inputs) input = new_index_.at(input);
    put(index, std::move(node));
  }
  void put(int index, Node node) {
    new_index_[index] = static_cast<int>(graph_.nodes.size());
    graph_.nodes.push_back(std::move(node));
  }
  int at(int index) const { return new_index_.at(index); }
  Graph &graph() { return graph_; }

 private:
  Graph graph_;
  std::map<int, int> new_index_;
};

}  // namespace

SplitGraph split_precise(const Graph &graph) {
  const auto count = static_cast<int>(graph.nodes.size());
  std::set<int> precise_inputs, rest_inputs, crossing;
  for (int i = 0; i < count; ++i) {
    const Node &node = graph.nodes[i];
    for (const int input : node.inputs) {
      if (is_input(graph.nodes[input])) {
        (node.precise ? precise_inputs : rest_inputs).insert(input);
      } else if (!node.precise && graph.nodes[input].precise) {
        crossing.insert(input);
      }
    }
  }
  Part precise, rest;
  for (const int input : precise_inputs) precise.add(graph, input);
  for (const int input : rest_inputs) rest.add(graph, input);
  int number = 0;
  for (const int node : crossing)
    rest.put(node,
             {InputNode{std::to_string(number++), false}, {}, graph.nodes[node].shape, false});
  for (int i = 0; i < count; ++i) {
    const Node &node = graph.nodes[i];
    if (!is_input(node)) (node.precise ? precise : rest).add(graph, i);
  }
  number = 0;
  for (const int node : crossing)
    precise.graph().outputs.push_back({std::to_string(number++), precise.at(node), false});
  for (const GraphOutput &output : graph.outputs)
    rest.graph().outputs.push_back({output.name, rest.at(output.node), output.pixels});
  return {std::move(precise.graph()), std::move(rest.graph())};
}

}  // namespace hyperlips
