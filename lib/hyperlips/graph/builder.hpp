// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "hyperlips/graph/graph.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// Builds the graph of a network from the layers of its checkpoint, named as the modules of the
/// state dict, and folds batch norms into the layers before them. All functions return the index of
/// a node; the names must exist in the checkpoint, which identify() has checked.
class GraphBuilder {
 public:
  explicit GraphBuilder(const TensorFile &file) : file_(file) {}

  /// The following nodes are precise (Node::precise), or not.
  void set_precise(bool precise) { precise_ = precise; }

  int input(const std::string &name, Shape shape, bool pixels = false);

  /// Geometry and activation of a convolution; the weights come from the checkpoint.
  struct Conv {
    std::array<std::int64_t, 2> stride{1, 1};
    std::int64_t padding = 0;
    std::int64_t dilation = 1;
    std::int64_t groups = 1;
    bool transposed = false;
    Activation activation = Activation::None;
    double eps = 1e-5;  ///< of the batch norm
    int residual = -1;  ///< node that is added before the activation
  };
  /// A convolution and its batch norm, which may be empty.
  int conv(int x, const std::string &conv, const std::string &norm, const Conv &options);
  /// The published "conv_block" of stride 1: 3x3, norm, ReLU.
  int conv_block(int x, const std::string &name, int residual = -1);

  /// A linear layer, or a 1x1 convolution of a vector. Without a bias in the checkpoint, none.
  int linear(int x, const std::string &name, Activation activation);

  /// HyperConv (nn/hyper_conv.hpp) with its batch norm.
  int hyper_conv(int x, int code, const std::string &conv, const std::string &norm,
                 Activation activation);

  /// ConvGru (nn/recurrent_decoder.hpp) on the second half of the channels of `x`.
  int gru_on_second_half(int x, const std::string &name);

  /// An operator without weights.
  int add(Operator op, std::vector<int> inputs);

  /// Ends the graph.
  void output(const std::string &name, int node, bool pixels = false);
  Graph take() { return std::move(graph_); }

  const Shape &shape(int node) const { return graph_.nodes.at(node).shape; }
  bool has(const std::string &tensor) const { return file_.tensors.contains(tensor); }

 private:
  const TensorFile &file_;
  Graph graph_;
  bool precise_ = false;
};

}  // namespace hyperlips
