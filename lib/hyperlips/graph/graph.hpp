// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace hyperlips {

/// \file
/// A network for inference, independent of what computes it: a list of operators on tensors with
/// their weights, batch norms folded in. Shapes are those of one sample, without the batch
/// dimension: (C, H, W) for feature maps and (C) for vectors. Backends translate a graph into their
/// own; see make_graph() for where graphs come from.

using Shape = std::vector<std::int64_t>;

/// Weights: row-major float32. The values are shared between copies.
struct Weights {
  Shape shape;
  std::shared_ptr<const std::vector<float>> values;

  bool empty() const { return values == nullptr; }
};

enum class Activation { None, Relu, LeakyRelu, Hardswish, Hardsigmoid, Sigmoid, Tanh };
inline constexpr float kLeakySlope = 0.01f;  ///< of LeakyRelu

/// An input of the network.
struct InputNode {
  std::string name;
  bool pixels = false;  ///< bytes, (H, W, C) in memory, to be divided by 255; shape is (C, H, W)
};

/// 2D convolution, then the sum with a second input of the output's shape if there is one, then
/// the activation.
struct ConvNode {
  Weights weight;  ///< (out, in / groups, kernel, kernel); transposed: (in, out, kernel, kernel)
  Weights bias;    ///< (out)
  std::array<std::int64_t, 2> stride{1, 1};  ///< height, width
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool transposed = false;  ///< with output padding 1
  Activation activation = Activation::None;
};

/// 3x3 convolution with padding 1, C to C channels, whose kernels and bias are computed for each
/// sample from a code (second input, (64)): kernels = kernel_weight code + kernel_bias.
struct HyperConvNode {
  Weights kernel_weight;  ///< (C * 3 * 3 * C, 64), rows in the order (out, row, column, in)
  Weights kernel_bias;    ///< (C * 3 * 3 * C)
  Weights bias_weight;    ///< (C, 64)
  Weights bias_bias;      ///< (C)
  Activation activation = Activation::None;
};

/// y = activation(weight x + bias) of a vector.
struct LinearNode {
  Weights weight;  ///< (out, in)
  Weights bias;    ///< (out), or empty
  Activation activation = Activation::None;
};

struct MeanNode {};     ///< of each channel: (C, H, W) to (C)
struct ScaleNode {};    ///< feature map (C, H, W) times vector (C)
struct FlattenNode {};  ///< (C, H, W) to (C * H * W)
struct ConcatNode {};   ///< of feature maps, along the channels

/// `count` channels from `first` on.
struct ChannelsNode {
  std::int64_t first = 0, count = 0;
};

/// All rows from `first` on.
struct RowsNode {
  std::int64_t first = 0;
};

struct HalveNode {};   ///< mean of 2x2; height and width are even
struct DoubleNode {};  ///< bilinear enlargement by 2, half-pixel centers

/// The new state of a ConvGRU whose state is 0: sigmoid(z) * tanh(c), where z and c are the first
/// and second half of the channels of the input.
struct GruNode {};

/// A vector divided by its length (at least 1e-12).
struct NormalizeNode {};

using Operator =
    std::variant<InputNode, ConvNode, HyperConvNode, LinearNode, MeanNode, ScaleNode, FlattenNode,
                 ConcatNode, ChannelsNode, RowsNode, HalveNode, DoubleNode, GruNode, NormalizeNode>;

struct Node {
  Operator op;
  std::vector<int> inputs;  ///< indices of earlier nodes
  Shape shape;              ///< of the result
  /// To be computed in float32 whatever the precision: bf16 here changes the picture visibly. The
  /// inputs of such a node are precise or inputs of the network.
  bool precise = false;
};

struct GraphOutput {
  std::string name;
  int node = 0;
  bool pixels = false;  ///< to be clamped, multiplied by 255 and rounded; bytes, (H, W, C)
};

struct Graph {
  std::vector<Node> nodes;  ///< each after its inputs; the InputNodes first
  std::vector<GraphOutput> outputs;
};

}  // namespace hyperlips
