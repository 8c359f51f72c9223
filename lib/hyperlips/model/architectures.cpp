// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/architectures.hpp"

#include <array>
#include <initializer_list>

namespace hyperlips {
namespace {

using Size = std::int64_t;

/// Collects the tensors of a network layer by layer, with PyTorch's names.
class Builder {
 public:
  explicit Builder(std::string name) : architecture_{std::move(name), {}} {}

  Architecture take() { return std::move(architecture_); }

  void conv(const std::string &name, Size out, Size in, Size kernel, bool bias) {
    add(name + ".weight", {out, in, kernel, kernel});
    if (bias) add(name + ".bias", {out});
  }

  void linear(const std::string &name, Size out, Size in) {
    add(name + ".weight", {out, in});
    add(name + ".bias", {out});
  }

  void batch_norm(const std::string &name, Size channels) {
    for (const auto *part : {".weight", ".bias", ".running_mean", ".running_var"}) {
      add(name + part, {channels});
    }
    add(name + ".num_batches_tracked", {});
  }

  /// Convolution without bias, then batch norm: NAME.0, NAME.1.
  void conv_norm(const std::string &name, Size out, Size in, Size kernel) {
    conv(name + ".0", out, in, kernel, false);
    batch_norm(name + ".1", out);
  }

  /// The published "conv_block": convolution with bias, then batch norm.
  void conv_block(const std::string &name, Size out, Size in, Size kernel) {
    conv(name + ".conv_block.0", out, in, kernel, true);
    batch_norm(name + ".conv_block.1", out);
  }

  /// 64 channels -> 32 -> BGR.
  void output_block() {
    conv_block("output_block.0", 32, 64, 3);
    conv("output_block.1", 3, 32, 1, true);
  }

  /// MobileNetV3-Large (arXiv 1905.02244, table 1) up to its 960 channels.
  void mobilenet(const std::string &name, Size in);

  /// Lite reduced ASPP (the same paper, section 6.4).
  void lite_aspp(const std::string &name) {
    conv_norm(name + ".aspp1", 128, 960, 1);
    conv(name + ".aspp2.1", 128, 960, 1, false);
  }

 private:
  void add(std::string name, std::vector<Size> shape) {
    architecture_.tensors.emplace_back(std::move(name), std::move(shape));
  }

  Architecture architecture_;
};

struct Bottleneck {
  Size kernel, expanded, squeezed, out;  // squeezed 0: no squeeze-and-excitation
};

constexpr std::array<Bottleneck, 15> kBottlenecks{{{3, 16, 0, 16},
                                                   {3, 64, 0, 24},
                                                   {3, 72, 0, 24},
                                                   {5, 72, 24, 40},
                                                   {5, 120, 32, 40},
                                                   {5, 120, 32, 40},
                                                   {3, 240, 0, 80},
                                                   {3, 200, 0, 80},
                                                   {3, 184, 0, 80},
                                                   {3, 184, 0, 80},
                                                   {3, 480, 120, 112},
                                                   {3, 672, 168, 112},
                                                   {5, 672, 168, 160},
                                                   {5, 960, 240, 160},
                                                   {5, 960, 240, 160}}};

void Builder::mobilenet(const std::string &name, Size in) {
  const auto stage = [&](std::size_t i) { return name + ".features." + std::to_string(i); };
  Size channels = 16;
  conv_norm(stage(0), channels, in, 3);
  for (std::size_t i = 0; i < kBottlenecks.size(); ++i) {
    const auto &block = kBottlenecks[i];
    int part = 0;
    const auto next = [&] { return stage(i + 1) + ".block." + std::to_string(part++); };
    if (block.expanded != channels) conv_norm(next(), block.expanded, channels, 1);
    conv_norm(next(), block.expanded, 1, block.kernel);
    if (block.squeezed > 0) {
      const auto gate = next();
      conv(gate + ".fc1", block.squeezed, block.expanded, 1, true);
      conv(gate + ".fc2", block.expanded, block.squeezed, 1, true);
    }
    conv_norm(next(), block.out, block.expanded, 1);
    channels = block.out;
  }
  conv_norm(stage(kBottlenecks.size() + 1), 960, channels, 1);
}

Architecture hyperlips_base() {
  Builder net("HyperLipsBase");
  for (const auto *name : {"up_conv.0", "up_conv.1"}) net.conv_block(name, 64, 64, 3);
  net.output_block();
  net.mobilenet("face_encoder", 6);
  net.lite_aspp("aspp");

  const std::string control = "hyper_control_net.";
  net.mobilenet(control + "audio_encoder", 1);
  net.lite_aspp(control + "aspp_a");
  constexpr std::array<Size, 4> kAudioFeatures{5120, 1920, 800, 640};
  constexpr Size kCode = 64;
  for (std::size_t i = 0; i < kAudioFeatures.size(); ++i) {
    const auto name = control + "hnet" + std::to_string(i);
    net.linear(name + ".lin1", kCode, kAudioFeatures[i]);
    net.linear(name + ".lin2", kCode, kCode);
  }
  constexpr std::array<Size, 4> kFaceFeatures{16, 24, 40, 128};
  for (std::size_t i = 0; i < kFaceFeatures.size(); ++i) {
    const Size channels = kFaceFeatures[i];
    for (const int layer : {0, 3}) {
      const auto name = control + "dconv_down" + std::to_string(i) + ".";
      const auto convolution = name + std::to_string(layer);
      net.linear(convolution + ".hyperkernel", channels * channels * 9, kCode);
      net.linear(convolution + ".hyperbias", channels, kCode);
      net.batch_norm(name + std::to_string(layer + 1), channels);
    }
  }

  const auto gru = [&net](const std::string &name, Size channels) {
    net.conv(name + ".gru.ih.0", channels, channels, 3, true);
    net.conv(name + ".gru.hh.0", channels / 2, channels, 3, true);
  };
  gru("decoder.decode4", 128);
  struct Stage {
    const char *name;
    Size out, in;
  };
  for (const auto &stage : {Stage{"decoder.decode3", 80, 174}, Stage{"decoder.decode2", 40, 110},
                            Stage{"decoder.decode1", 32, 62}}) {
    net.conv_norm(std::string(stage.name) + ".conv", stage.out, stage.in, 3);
    gru(stage.name, stage.out);
  }
  net.conv_norm("decoder.decode0.conv", 64, 38, 3);
  net.conv("decoder.decode0.conv.3", 64, 64, 3, false);
  net.batch_norm("decoder.decode0.conv.4", 64);
  return net.take();
}

Architecture hr_decoder(int scale, int up_convs) {
  Builder net("HRDecoder x" + std::to_string(scale));
  net.conv_block("conv_base.0", 64, 6, 3);
  net.conv_block("conv_base.1", 64, 64, 3);
  for (int i = 0; i < up_convs; ++i) {
    net.conv_block("up_conv." + std::to_string(i), 64, 64, 3);
  }
  net.output_block();
  return net.take();
}

struct Layer {
  Size out, kernel;
};

/// The lip-sync experts of HyperLips and Wav2Lip. Their face encoders differ only in the last
/// layers, where half faces of 64x128 pixels are reduced to 4x4 and those of 48x96 to 3x3.
Architecture sync_net(std::string name, std::initializer_list<Layer> face_end) {
  Builder net(std::move(name));
  const auto encoder = [&net](const std::string &name, Size in, std::span<const Layer> layers) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      net.conv_block(name + "." + std::to_string(i), layers[i].out, in, layers[i].kernel);
      in = layers[i].out;
    }
  };
  std::vector<Layer> face{{32, 7},  {64, 5},  {64, 3},  {64, 3},  {128, 3}, {128, 3},
                          {128, 3}, {128, 3}, {256, 3}, {256, 3}, {256, 3}, {512, 3},
                          {512, 3}, {512, 3}, {512, 3}, {512, 3}};
  face.insert(face.end(), face_end);
  constexpr std::array<Layer, 14> kAudio{{{32, 3},
                                          {32, 3},
                                          {32, 3},
                                          {64, 3},
                                          {64, 3},
                                          {64, 3},
                                          {128, 3},
                                          {128, 3},
                                          {128, 3},
                                          {256, 3},
                                          {256, 3},
                                          {256, 3},
                                          {512, 3},
                                          {512, 1}}};
  encoder("face_encoder", 15, face);
  encoder("audio_encoder", 1, kAudio);
  return net.take();
}

/// Both discriminators: a first 7x7 layer, then blocks of two layers, then one 1x1 output.
Architecture discriminator(std::string name, std::span<const std::array<Layer, 2>> blocks) {
  Builder net(std::move(name));
  const auto layer_name = [](std::size_t block, std::size_t layer) {
    return "face_encoder_blocks." + std::to_string(block) + "." + std::to_string(layer) +
           ".conv_block.0";
  };
  Size channels = 32;
  net.conv(layer_name(0, 0), channels, 3, 7, true);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    for (std::size_t j = 0; j < 2; ++j) {
      const auto &layer = blocks[i][j];
      net.conv(layer_name(i + 1, j), layer.out, channels, layer.kernel, true);
      channels = layer.out;
    }
  }
  net.conv("binary_pred.0", 1, channels, 1, true);
  return net.take();
}

}  // namespace

std::vector<Architecture> make_architectures() {
  using Blocks = std::vector<std::array<Layer, 2>>;
  const Blocks base_blocks{{{{64, 5}, {64, 5}}},   {{{128, 5}, {128, 5}}}, {{{256, 5}, {256, 5}}},
                           {{{512, 3}, {512, 3}}}, {{{512, 3}, {512, 3}}}, {{{512, 3}, {512, 1}}}};
  const Blocks hr_blocks{
      {{{64, 5}, {64, 5}}}, {{{128, 5}, {128, 5}}}, {{{128, 5}, {128, 5}}}, {{{128, 3}, {128, 3}}}};
  std::vector<Architecture> all;
  all.push_back(hyperlips_base());
  all.push_back(hr_decoder(1, 2));
  all.push_back(hr_decoder(2, 3));
  all.push_back(hr_decoder(4, 6));
  all.push_back(sync_net("SyncNet_color", {{512, 3}, {512, 4}, {512, 1}}));
  all.push_back(discriminator("HyperCtrolDiscriminator", base_blocks));
  all.push_back(discriminator("HRDecoder_disc_qual", hr_blocks));
  all.push_back(sync_net("SyncNet_color 96", {{512, 1}}));
  return all;
}

}  // namespace hyperlips
