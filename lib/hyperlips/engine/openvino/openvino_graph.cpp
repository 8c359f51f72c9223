// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/openvino/openvino_graph.hpp"

#include <openvino/opsets/opset11.hpp>

namespace hyperlips {
namespace {

namespace op = ov::opset11;

using Value = ov::Output<ov::Node>;
using Values = std::vector<Value>;

template <typename Operator, typename... Arguments>
Value make(Arguments &&...arguments) {
  return std::make_shared<Operator>(std::forward<Arguments>(arguments)...);
}

Value constant(const std::vector<std::int64_t> &values) {
  return op::Constant::create(ov::element::i64, {values.size()}, values);
}

Value scalar(float value) { return op::Constant::create(ov::element::f32, {}, {value}); }

/// Shares the memory of the weights.
Value constant(const Weights &weights, const Shape &shape) {
  const ov::Shape dimensions(shape.begin(), shape.end());
  return make<op::Constant>(ov::element::f32, dimensions, weights.values->data(),
                            std::const_pointer_cast<std::vector<float>>(weights.values));
}

Value constant(const Weights &weights) { return constant(weights, weights.shape); }

/// As a term of a feature map.
Value per_channel(const Weights &bias) { return constant(bias, {1, bias.shape[0], 1, 1}); }

/// Reshapes each sample.
Value reshape(const Value &x, const Shape &sample) {
  Shape shape{0};
  shape.insert(shape.end(), sample.begin(), sample.end());
  return make<op::Reshape>(x, constant(shape), /*special_zero=*/true);
}

Value activate(const Value &x, Activation activation) {
  switch (activation) {
    case Activation::None:
      break;
    case Activation::Relu:
      return make<op::Relu>(x);
    case Activation::LeakyRelu:
      return make<op::PRelu>(x, scalar(kLeakySlope));
    case Activation::Hardswish:
      return make<op::HSwish>(x);
    case Activation::Hardsigmoid:
      return make<op::HSigmoid>(x);
    case Activation::Sigmoid:
      return make<op::Sigmoid>(x);
    case Activation::Tanh:
      return make<op::Tanh>(x);
  }
  return x;
}

Value part(const Value &x, std::int64_t axis, std::int64_t first, std::int64_t end) {
  return make<op::Slice>(x, constant({first}), constant({end}), constant({1}), constant({axis}));
}

Value to_channels_last(const Value &x) { return make<op::Transpose>(x, constant({0, 2, 3, 1})); }

struct Translate {
  const Node &node;
  const Values &in;

  Value operator()(const InputNode &) const { throw std::logic_error("an input has no inputs"); }

  Value operator()(const ConvNode &conv) const {
    Value y = convolve(conv);
    y = make<op::Add>(y, per_channel(conv.bias));
    if (in.size() > 1) y = make<op::Add>(y, in[1]);
    return activate(y, conv.activation);
  }

  static Value convolve(const ConvNode &conv, const Value &x) {
    const auto padding = static_cast<std::ptrdiff_t>(conv.padding);
    const auto dilation = static_cast<std::size_t>(conv.dilation);
    const ov::Strides strides(conv.stride.begin(), conv.stride.end());
    const ov::CoordinateDiff pads{padding, padding};
    const ov::Strides dilations{dilation, dilation};
    if (conv.transposed)
      return make<op::ConvolutionBackpropData>(x, constant(conv.weight), strides, pads, pads,
                                               dilations, ov::op::PadType::EXPLICIT,
                                               ov::CoordinateDiff{1, 1});
    if (conv.groups == 1)
      return make<op::Convolution>(x, constant(conv.weight), strides, pads, pads, dilations);
    const Shape &shape = conv.weight.shape;
    const Shape grouped{conv.groups, shape[0] / conv.groups, shape[1], shape[2], shape[3]};
    return make<op::GroupConvolution>(x, constant(conv.weight, grouped), strides, pads, pads,
                                      dilations);
  }
  Value convolve(const ConvNode &conv) const { return convolve(conv, in[0]); }

  /// As a matrix product, because the number of groups of a convolution cannot depend on the batch.
  Value operator()(const HyperConvNode &conv) const {
    const std::int64_t channels = node.shape[0], height = node.shape[1], width = node.shape[2];
    const Value kernels =
        reshape(linear(in[1], conv.kernel_weight, conv.kernel_bias), {channels, 9 * channels});
    const Value bias = reshape(linear(in[1], conv.bias_weight, conv.bias_bias), {1, channels});
    const Value padded =
        make<op::Pad>(to_channels_last(in[0]), constant({0, 1, 1, 0}), constant({0, 1, 1, 0}),
                      scalar(0), ov::op::PadMode::CONSTANT);
    ov::OutputVector taps;
    for (std::int64_t row = 0; row < 3; ++row)
      for (std::int64_t column = 0; column < 3; ++column)
        taps.push_back(part(part(padded, 1, row, row + height), 2, column, column + width));
    const Value columns = reshape(make<op::Concat>(taps, 3), {height * width, 9 * channels});
    Value y = make<op::MatMul>(columns, kernels, false, true);
    y = activate(make<op::Add>(y, bias), conv.activation);
    return make<op::Transpose>(reshape(y, {height, width, channels}), constant({0, 3, 1, 2}));
  }

  static Value linear(const Value &x, const Weights &weight, const Weights &bias) {
    const Value y = make<op::MatMul>(x, constant(weight), false, true);
    return bias.empty() ? y : make<op::Add>(y, constant(bias, {1, bias.shape[0]}));
  }

  Value operator()(const LinearNode &layer) const {
    return activate(linear(in[0], layer.weight, layer.bias), layer.activation);
  }
  Value operator()(const MeanNode &) const {
    return make<op::ReduceMean>(in[0], constant({2, 3}), false);
  }
  Value operator()(const ScaleNode &) const {
    return make<op::Multiply>(in[0], reshape(in[1], {node.shape[0], 1, 1}));
  }
  Value operator()(const FlattenNode &) const { return reshape(in[0], node.shape); }
  Value operator()(const ConcatNode &) const { return make<op::Concat>(in, 1); }
  Value operator()(const ChannelsNode &channels) const {
    return part(in[0], 1, channels.first, channels.first + channels.count);
  }
  Value operator()(const RowsNode &rows) const {
    return part(in[0], 2, rows.first, rows.first + node.shape[1]);
  }
  Value operator()(const HalveNode &) const {
    return make<op::AvgPool>(in[0], ov::Strides{2, 2}, ov::Shape{0, 0}, ov::Shape{0, 0},
                             ov::Shape{2, 2}, true);
  }
  Value operator()(const DoubleNode &) const {
    op::Interpolate::InterpolateAttrs attributes;
    attributes.mode = op::Interpolate::InterpolateMode::LINEAR_ONNX;
    attributes.shape_calculation_mode = op::Interpolate::ShapeCalcMode::SCALES;
    attributes.coordinate_transformation_mode =
        op::Interpolate::CoordinateTransformMode::HALF_PIXEL;
    return make<op::Interpolate>(in[0], op::Constant::create(ov::element::f32, {2}, {2.0f, 2.0f}),
                                 constant({2, 3}), attributes);
  }
  Value operator()(const GruNode &) const {
    const std::int64_t channels = node.shape[0];
    return make<op::Multiply>(make<op::Sigmoid>(part(in[0], 1, 0, channels)),
                              make<op::Tanh>(part(in[0], 1, channels, 2 * channels)));
  }
  Value operator()(const NormalizeNode &) const {
    return make<op::NormalizeL2>(in[0], constant({1}), 1e-24f, ov::op::EpsMode::MAX);
  }
};

/// An input with pixels becomes a feature map in 0 ... 1.
Value translate_input(const InputNode &input, const Shape &shape, int most_samples,
                      ov::ParameterVector &parameters) {
  ov::PartialShape dimensions{ov::Dimension(1, most_samples)};
  Shape sample = shape;
  if (input.pixels) sample = {shape[1], shape[2], shape[0]};
  for (const std::int64_t size : sample) dimensions.push_back(size);
  const auto type = input.pixels ? ov::element::u8 : ov::element::f32;
  parameters.push_back(std::make_shared<op::Parameter>(type, dimensions));
  if (!input.pixels) return parameters.back();
  const Value values = make<op::Multiply>(make<op::Convert>(parameters.back(), ov::element::f32),
                                          scalar(1 / 255.0f));
  return make<op::Transpose>(values, constant({0, 3, 1, 2}));
}

}  // namespace

std::shared_ptr<ov::Model> make_openvino_model(const Graph &graph, int most_samples) {
  ov::ParameterVector parameters;
  Values values;
  for (const Node &node : graph.nodes) {
    if (const auto *input = std::get_if<InputNode>(&node.op)) {
      values.push_back(translate_input(*input, node.shape, most_samples, parameters));
      continue;
    }
    Values inputs;
    for (const int index : node.inputs) inputs.push_back(values[index]);
    values.push_back(std::visit(Translate{node, inputs}, node.op));
  }
  ov::ResultVector results;
  for (const GraphOutput &output : graph.outputs) {
    const Value &value = values[output.node];
    results.push_back(
        std::make_shared<op::Result>(output.pixels ? to_channels_last(value) : value));
  }
  return std::make_shared<ov::Model>(results, parameters);
}

}  // namespace hyperlips
