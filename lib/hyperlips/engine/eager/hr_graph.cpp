// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/eager/eager_graph.hpp"
#include "hyperlips/engine/eager/folded_layers.hpp"

namespace hyperlips {
namespace {

class HrGraph : public EagerGraph {
 public:
  explicit HrGraph(const GraphWeights &weights)
      : type_(weights.type()),
        first_(conv_block(weights, "conv_base.0")),
        second_(conv_block(weights, "conv_base.1")),
        output_(weights, "output_block") {
    // The number of layers tells the scale: 2, 3 and 6 for x1, x2 and x4.
    int layers = 0;
    while (weights.has(name_of(layers) + ".conv_block.0.weight")) ++layers;
    for (int i = 0; i < layers; ++i) {
      const bool transposed = layers > 2 && i % 3 == 0;
      if (transposed) {
        up_.push_back(
            {FoldedConv(weights, name_of(i) + ".conv_block.0", name_of(i) + ".conv_block.1",
                        {.stride = {2, 2}, .padding = 1, .transposed = true}, Activation::Relu),
             false});
      } else {
        up_.push_back({conv_block(weights, name_of(i)), true});
      }
    }
  }

  std::vector<at::Tensor> forward(std::span<const at::Tensor> inputs) const override {
    at::Tensor x = first_(to_channels_last(inputs[0], type_));
    x = second_(x, x);
    for (const UpLayer &layer : up_) x = layer.residual ? layer.conv(x, x) : layer.conv(x);
    return {output_(x)};
  }

 private:
  struct UpLayer {
    FoldedConv conv;
    bool residual;
  };

  static std::string name_of(int layer) { return "up_conv." + std::to_string(layer); }

  at::ScalarType type_;
  FoldedConv first_, second_;
  std::vector<UpLayer> up_;
  OutputBlock output_;
};

}  // namespace

std::unique_ptr<EagerGraph> make_hr_graph(const GraphWeights &weights) {
  return std::make_unique<HrGraph>(weights);
}

}  // namespace hyperlips
