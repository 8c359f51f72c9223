// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/graph/builder.hpp"
#include "hyperlips/graph/networks.hpp"

namespace hyperlips {

Graph make_hr_graph(const TensorFile &file, bool pixels) {
  GraphBuilder builder(file);
  int x = builder.input("input", {6, 128, 128}, pixels);
  x = builder.conv_block(x, "conv_base.0");
  x = builder.conv_block(x, "conv_base.1", x);
  const auto name = [](int layer) { return "up_conv." + std::to_string(layer); };
  // The number of layers tells the scale: 2, 3 and 6 for x1, x2 and x4.
  int layers = 0;
  while (builder.has(name(layers) + ".conv_block.0.weight")) ++layers;
  for (int i = 0; i < layers; ++i) {
    if (layers > 2 && i % 3 == 0) {
      x = builder.conv(
          x, name(i) + ".conv_block.0", name(i) + ".conv_block.1",
          {.stride = {2, 2}, .padding = 1, .transposed = true, .activation = Activation::Relu});
    } else {
      x = builder.conv_block(x, name(i), x);
    }
  }
  x = builder.conv_block(x, "output_block.0");
  x = builder.conv(x, "output_block.1", "", {.activation = Activation::Sigmoid});
  builder.output("output", x, pixels);
  return builder.take();
}

}  // namespace hyperlips
