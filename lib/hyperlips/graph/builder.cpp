// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/graph/builder.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "hyperlips/graph/append.hpp"

namespace hyperlips {
namespace {

/// Weights that are still changed.
struct Tensor {
  Shape shape;
  std::vector<float> values;

  std::size_t rows() const { return static_cast<std::size_t>(shape[0]); }
  std::size_t row_size() const { return values.size() / rows(); }
};

Tensor tensor(const TensorFile &file, const std::string &name) {
  const FileTensor &stored = file.tensors.at(name);
  return {stored.shape, stored.to_float()};
}

Weights finished(Tensor tensor) {
  return {std::move(tensor.shape),
          std::make_shared<const std::vector<float>>(std::move(tensor.values))};
}

/// A batch norm in eval mode: y = scale x + shift, for each channel.
struct NormFold {
  std::vector<float> scale, shift;
};

NormFold fold(const TensorFile &file, const std::string &norm, double eps) {
  const Tensor weight = tensor(file, norm + ".weight"), bias = tensor(file, norm + ".bias");
  const Tensor mean = tensor(file, norm + ".running_mean");
  const Tensor variance = tensor(file, norm + ".running_var");
  NormFold result;
  for (std::size_t c = 0; c < weight.values.size(); ++c) {
    const double scale = weight.values[c] / std::sqrt(double{variance.values[c]} + eps);
    result.scale.push_back(static_cast<float>(scale));
    result.shift.push_back(static_cast<float>(bias.values[c] - mean.values[c] * scale));
  }
  return result;
}

/// Multiplies the weights of each output channel: dimension 0, or 1 if transposed.
void scale_outputs(Tensor &weight, const std::vector<float> &scale, bool transposed) {
  const std::size_t outputs = scale.size();
  const std::size_t outer = transposed ? weight.rows() : 1;
  const std::size_t each = weight.values.size() / (outer * outputs);
  float *value = weight.values.data();
  for (std::size_t i = 0; i < outer * outputs; ++i)
    for (std::size_t j = 0; j < each; ++j) *value++ *= scale[i % outputs];
}

/// The weights of the outputs `first` ... and of the first `inputs` input channels of a
/// convolution.
Tensor part(const Tensor &weight, std::size_t first, std::size_t inputs) {
  const std::size_t each = static_cast<std::size_t>(weight.shape[2] * weight.shape[3]);
  Tensor result{
      {std::int64_t(weight.rows() - first), std::int64_t(inputs), weight.shape[2], weight.shape[3]},
      {}};
  for (std::size_t out = first; out < weight.rows(); ++out) {
    const auto row = weight.values.begin() + std::ptrdiff_t(out * weight.row_size());
    result.values.insert(result.values.end(), row, row + std::ptrdiff_t(inputs * each));
  }
  return result;
}

void append_rows(Tensor &to, const Tensor &more) {
  to.values.insert(to.values.end(), more.values.begin(), more.values.end());
  to.shape[0] += more.shape[0];
}

/// Rows of (out, in, row, column) to (out, row, column, in), for 3x3 kernels of C to C channels.
Tensor channels_last(const Tensor &kernels, std::size_t channels) {
  Tensor result = kernels;
  const std::size_t size = kernels.row_size();
  for (std::size_t out = 0; out < channels; ++out)
    for (std::size_t in = 0; in < channels; ++in)
      for (std::size_t k = 0; k < 9; ++k) {
        const std::size_t from = (out * channels + in) * 9 + k, to = (out * 9 + k) * channels + in;
        std::copy_n(kernels.values.begin() + std::ptrdiff_t(from * size), size,
                    result.values.begin() + std::ptrdiff_t(to * size));
      }
  return result;
}

}  // namespace

int GraphBuilder::input(const std::string &name, Shape shape, bool pixels) {
  graph_.nodes.push_back({InputNode{name, pixels}, {}, std::move(shape), false});
  return static_cast<int>(graph_.nodes.size()) - 1;
}

int GraphBuilder::add(Operator op, std::vector<int> inputs) {
  return append(graph_, std::move(op), std::move(inputs), precise_);
}

void GraphBuilder::output(const std::string &name, int node, bool pixels) {
  graph_.outputs.push_back({name, node, pixels});
}

int GraphBuilder::conv(int x, const std::string &conv, const std::string &norm,
                       const Conv &options) {
  Tensor weight = tensor(file_, conv + ".weight");
  const std::int64_t outputs = options.transposed ? weight.shape[1] : weight.shape[0];
  Tensor bias{{outputs}, std::vector<float>(static_cast<std::size_t>(outputs))};
  if (has(conv + ".bias")) bias = tensor(file_, conv + ".bias");
  if (!norm.empty()) {
    const NormFold norm_fold = fold(file_, norm, options.eps);
    scale_outputs(weight, norm_fold.scale, options.transposed);
    for (std::size_t c = 0; c < bias.values.size(); ++c)
      bias.values[c] = bias.values[c] * norm_fold.scale[c] + norm_fold.shift[c];
  }
  std::vector<int> inputs{x};
  if (options.residual >= 0) inputs.push_back(options.residual);
  return add(ConvNode{.weight = finished(std::move(weight)),
                      .bias = finished(std::move(bias)),
                      .stride = options.stride,
                      .padding = options.padding,
                      .dilation = options.dilation,
                      .groups = options.groups,
                      .transposed = options.transposed,
                      .activation = options.activation},
             std::move(inputs));
}

int GraphBuilder::conv_block(int x, const std::string &name, int residual) {
  return conv(x, name + ".conv_block.0", name + ".conv_block.1",
              {.padding = 1, .activation = Activation::Relu, .residual = residual});
}

int GraphBuilder::linear(int x, const std::string &name, Activation activation) {
  Tensor weight = tensor(file_, name + ".weight");
  weight.shape.resize(2);  // also of a 1x1 convolution
  Weights bias;
  if (has(name + ".bias")) bias = finished(tensor(file_, name + ".bias"));
  return add(LinearNode{finished(std::move(weight)), std::move(bias), activation}, {x});
}

int GraphBuilder::hyper_conv(int x, int code, const std::string &conv, const std::string &norm,
                             Activation activation) {
  const NormFold norm_fold = fold(file_, norm, 1e-5);
  const std::size_t channels = norm_fold.scale.size();
  Tensor kernel_weight = tensor(file_, conv + ".hyperkernel.weight");
  Tensor kernel_bias = tensor(file_, conv + ".hyperkernel.bias");
  Tensor bias_weight = tensor(file_, conv + ".hyperbias.weight");
  Tensor bias_bias = tensor(file_, conv + ".hyperbias.bias");
  for (Tensor *each : {&kernel_weight, &kernel_bias, &bias_weight, &bias_bias})
    scale_outputs(*each, norm_fold.scale, false);
  for (std::size_t c = 0; c < channels; ++c) bias_bias.values[c] += norm_fold.shift[c];
  return add(
      HyperConvNode{finished(channels_last(kernel_weight, channels)),
                    finished(channels_last(kernel_bias, channels)),
                    finished(std::move(bias_weight)), finished(std::move(bias_bias)), activation},
      {x, code});
}

int GraphBuilder::gru_on_second_half(int x, const std::string &name) {
  const std::int64_t half = shape(x)[0] / 2;
  const auto channels = static_cast<std::size_t>(half);
  // The state is 0: of the gates only the update gate counts, of the inputs only x.
  Tensor weight = part(tensor(file_, name + ".ih.0.weight"), channels, channels);
  append_rows(weight, part(tensor(file_, name + ".hh.0.weight"), 0, channels));
  const Tensor gates = tensor(file_, name + ".ih.0.bias");
  Tensor bias{{half}, {gates.values.begin() + half, gates.values.end()}};
  append_rows(bias, tensor(file_, name + ".hh.0.bias"));

  const int first = add(ChannelsNode{0, half}, {x});
  const int second = add(ChannelsNode{half, half}, {x});
  const int both = add(
      ConvNode{
          .weight = finished(std::move(weight)), .bias = finished(std::move(bias)), .padding = 1},
      {second});
  return add(ConcatNode{}, {first, add(GruNode{}, {both})});
}

}  // namespace hyperlips
