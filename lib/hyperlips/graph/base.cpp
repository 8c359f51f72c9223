// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/graph/mobilenet.hpp"
#include "hyperlips/graph/networks.hpp"

namespace hyperlips {
namespace {

/// HyperCode (nn/hyper_conv.hpp).
int add_code(GraphBuilder &builder, int features, const std::string &name) {
  const int flat = builder.add(FlattenNode{}, {features});
  const int code = builder.linear(flat, name + ".lin1", Activation::LeakyRelu);
  return builder.linear(code, name + ".lin2", Activation::LeakyRelu);
}

/// The codes of the speech, all precise.
std::array<int, 4> add_codes(GraphBuilder &builder, int mel) {
  std::array<int, 4> audio =
      add_mobilenet(builder, mel, "hyper_control_net.audio_encoder", /*all_precise=*/true);
  audio[3] = add_lr_aspp(builder, audio[3], "hyper_control_net.aspp_a");
  std::array<int, 4> codes{};
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i] = add_code(builder, audio[i], "hyper_control_net.hnet" + std::to_string(i));
  return codes;
}

/// UpsamplingBlock (nn/recurrent_decoder.hpp).
int add_upsampling(GraphBuilder &builder, int x, int skip, int source, const std::string &name) {
  const int all = builder.add(ConcatNode{}, {builder.add(DoubleNode{}, {x}), skip, source});
  const int conv = builder.conv(all, name + ".conv.0", name + ".conv.1",
                                {.padding = 1, .activation = Activation::Relu});
  return builder.gru_on_second_half(conv, name + ".gru");
}

}  // namespace

Graph make_base_graph(const TensorFile &file, bool pixels) {
  GraphBuilder builder(file);
  const int mel = builder.input("mel", {1, 80, 16});
  const int face = builder.input("face", {6, 128, 128}, pixels);
  const std::array<int, 4> codes = add_codes(builder, mel);
  std::array<int, 4> features = add_mobilenet(builder, face, "face_encoder", /*all_precise=*/false);
  features[3] = add_lr_aspp(builder, features[3], "aspp");
  for (std::size_t i = 0; i < features.size(); ++i) {
    const std::string name = "hyper_control_net.dconv_down" + std::to_string(i);
    const int hidden =
        builder.hyper_conv(features[i], codes[i], name + ".0", name + ".1", Activation::Relu);
    features[i] =
        builder.hyper_conv(hidden, codes[i], name + ".3", name + ".4", Activation::Sigmoid);
  }

  const int half = builder.add(HalveNode{}, {face});
  const int quarter = builder.add(HalveNode{}, {half});
  const int eighth = builder.add(HalveNode{}, {quarter});
  int x = builder.gru_on_second_half(features[3], "decoder.decode4.gru");
  x = add_upsampling(builder, x, features[2], eighth, "decoder.decode3");
  x = add_upsampling(builder, x, features[1], quarter, "decoder.decode2");
  x = add_upsampling(builder, x, features[0], half, "decoder.decode1");
  x = builder.add(ConcatNode{}, {builder.add(DoubleNode{}, {x}), face});
  for (const auto &[conv, norm] : {std::pair(".0", ".1"), std::pair(".3", ".4")})
    x = builder.conv(x, std::string("decoder.decode0.conv") + conv,
                     std::string("decoder.decode0.conv") + norm,
                     {.padding = 1, .activation = Activation::Relu});
  for (const char *name : {"up_conv.0", "up_conv.1"}) x = builder.conv_block(x, name, x);
  x = builder.conv_block(x, "output_block.0");
  x = builder.conv(x, "output_block.1", "", {.activation = Activation::Sigmoid});
  builder.output("output", x, pixels);
  return builder.take();
}

}  // namespace hyperlips
