// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/graph/mobilenet.hpp"

#include "hyperlips/model/mobilenet_v3_blocks.hpp"

namespace hyperlips {
namespace {

/// Features 0 to 6, up to 1/8 of the size.
constexpr std::size_t kPreciseFeatures = 7;

/// Squeeze-and-excitation (Hu et al. 2018).
int add_squeeze_excite(GraphBuilder &builder, int x, const std::string &name) {
  const int squeezed =
      builder.linear(builder.add(MeanNode{}, {x}), name + ".fc1", Activation::Relu);
  const int gate = builder.linear(squeezed, name + ".fc2", Activation::Hardsigmoid);
  return builder.add(ScaleNode{}, {x, gate});
}

int add_inverted_residual(GraphBuilder &builder, int x, const std::string &name,
                          const InvertedResidualShape &shape) {
  const Activation activation = shape.hardswish ? Activation::Hardswish : Activation::Relu;
  int index = 0;
  const auto next = [&] { return name + ".block." + std::to_string(index++); };
  const auto conv = [&](int from, GraphBuilder::Conv options) {
    const std::string layer = next();
    options.eps = kMobilenetV3Eps;
    return builder.conv(from, layer + ".0", layer + ".1", options);
  };
  int hidden = x;
  if (shape.expands()) hidden = conv(hidden, {.activation = activation});
  hidden = conv(hidden, {.stride = {shape.used_stride(), shape.used_stride()},
                         .padding = shape.padding(),
                         .dilation = shape.dilation,
                         .groups = shape.expanded,
                         .activation = activation});
  if (shape.squeeze_excite) hidden = add_squeeze_excite(builder, hidden, next());
  return conv(hidden, {.residual = shape.residual() ? x : -1});
}

}  // namespace

std::array<int, 4> add_mobilenet(GraphBuilder &builder, int x, const std::string &name,
                                 bool all_precise) {
  builder.set_precise(true);
  x = builder.conv(x, name + ".features.0.0", name + ".features.0.1",
                   {.stride = {2, 2},
                    .padding = 1,
                    .activation = Activation::Hardswish,
                    .eps = kMobilenetV3StemEps});
  std::array<int, 4> taps{};
  std::size_t tap = 0;
  std::size_t feature = 0;
  for (const InvertedResidualShape &shape : kMobilenetV3Large) {
    if (++feature == kPreciseFeatures) builder.set_precise(all_precise);
    x = add_inverted_residual(builder, x, name + ".features." + std::to_string(feature), shape);
    if (feature == kMobilenetV3Taps[tap]) taps[tap++] = x;
  }
  taps.back() = builder.conv(x, name + ".features.16.0", name + ".features.16.1",
                             {.activation = Activation::Hardswish, .eps = kMobilenetV3Eps});
  return taps;
}

int add_lr_aspp(GraphBuilder &builder, int x, const std::string &name) {
  const int features =
      builder.conv(x, name + ".aspp1.0", name + ".aspp1.1", {.activation = Activation::Relu});
  const int gate =
      builder.linear(builder.add(MeanNode{}, {x}), name + ".aspp2.1", Activation::Sigmoid);
  return builder.add(ScaleNode{}, {features, gate});
}

}  // namespace hyperlips
