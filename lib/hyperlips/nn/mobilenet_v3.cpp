// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/mobilenet_v3.hpp"

#include <torch/nn/init.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>

#include "hyperlips/nn/batch_norm.hpp"

namespace hyperlips {
namespace {

namespace nn = torch::nn;

enum class Activation { None, Relu, Hardswish };

/// Convolution without bias ("0"), batch norm ("1"), activation.
class ConvNormImpl : public nn::Module {
 public:
  ConvNormImpl(const nn::Conv2dOptions &options, Activation activation,
               const nn::BatchNormOptions &norm)
      : conv_(register_module("0", nn::Conv2d(nn::Conv2dOptions(options).bias(false)))),
        norm_(register_module("1", BatchNorm2d(norm))),
        activation_(activation) {}

  torch::Tensor forward(const torch::Tensor &x) {
    torch::Tensor out = norm_->forward(conv_->forward(x));
    switch (activation_) {
      case Activation::None:
        return out;
      case Activation::Relu:
        return out.relu_();
      case Activation::Hardswish:
        return torch::hardswish_(out);
    }
    return out;
  }

 private:
  nn::Conv2d conv_;
  BatchNorm2d norm_;
  Activation activation_;
};
TORCH_MODULE(ConvNorm);

nn::BatchNormOptions trunk_norm(std::int64_t channels) {
  return nn::BatchNormOptions(channels).eps(kMobilenetV3Eps).momentum(0.01);
}

class SqueezeExciteImpl : public nn::Module {
 public:
  SqueezeExciteImpl(std::int64_t channels, std::int64_t squeezed)
      : fc1_(register_module("fc1", nn::Conv2d(nn::Conv2dOptions(channels, squeezed, 1)))),
        fc2_(register_module("fc2", nn::Conv2d(nn::Conv2dOptions(squeezed, channels, 1)))) {}

  torch::Tensor forward(const torch::Tensor &x) {
    const torch::Tensor squeezed =
        torch::relu(fc1_->forward(torch::adaptive_avg_pool2d(x, {1, 1})));
    return x * torch::hardsigmoid(fc2_->forward(squeezed));
  }

 private:
  nn::Conv2d fc1_, fc2_;
};
TORCH_MODULE(SqueezeExcite);

class InvertedResidualImpl : public nn::Module {
 public:
  explicit InvertedResidualImpl(const InvertedResidualShape &shape) : residual_(shape.residual()) {
    const Activation activation = shape.hardswish ? Activation::Hardswish : Activation::Relu;
    nn::Sequential block;
    if (shape.expands()) {
      block->push_back(ConvNorm(nn::Conv2dOptions(shape.in, shape.expanded, 1), activation,
                                trunk_norm(shape.expanded)));
    }
    block->push_back(ConvNorm(nn::Conv2dOptions(shape.expanded, shape.expanded, shape.kernel)
                                  .stride(shape.used_stride())
                                  .padding(shape.padding())
                                  .dilation(shape.dilation)
                                  .groups(shape.expanded),
                              activation, trunk_norm(shape.expanded)));
    if (shape.squeeze_excite) {
      block->push_back(SqueezeExcite(shape.expanded, shape.squeezed()));
    }
    block->push_back(ConvNorm(nn::Conv2dOptions(shape.expanded, shape.out, 1), Activation::None,
                              trunk_norm(shape.out)));
    block_ = register_module("block", block);
  }

  torch::Tensor forward(const torch::Tensor &x) {
    torch::Tensor out = block_->forward(x);
    if (residual_) out += x;
    return out;
  }

 private:
  nn::Sequential block_{nullptr};
  bool residual_;
};
TORCH_MODULE(InvertedResidual);

void initialize_convolutions(nn::Module &module) {
  for (const auto &child : module.modules()) {
    if (auto *conv = child->as<nn::Conv2d>()) {
      nn::init::kaiming_normal_(conv->weight, 0.0, torch::kFanOut);
      if (conv->bias.defined()) nn::init::zeros_(conv->bias);
    }
  }
}

}  // namespace

MobileNetV3EncoderImpl::MobileNetV3EncoderImpl(std::int64_t in_channels) {
  nn::Sequential features;
  // The stem keeps PyTorch's default initialization, as published.
  features->push_back(
      ConvNorm(nn::Conv2dOptions(in_channels, kMobilenetV3StemChannels, 3).stride(2).padding(1),
               Activation::Hardswish,
               nn::BatchNormOptions(kMobilenetV3StemChannels).eps(kMobilenetV3StemEps)));
  for (const InvertedResidualShape &shape : kMobilenetV3Large) {
    InvertedResidual block(shape);
    initialize_convolutions(*block);
    features->push_back(block);
  }
  ConvNorm last(nn::Conv2dOptions(kMobilenetV3Large.back().out, kMobilenetV3LastChannels, 1),
                Activation::Hardswish, trunk_norm(kMobilenetV3LastChannels));
  initialize_convolutions(*last);
  features->push_back(last);
  features_ = register_module("features", features);
}

std::array<torch::Tensor, 4> MobileNetV3EncoderImpl::forward(const torch::Tensor &x) {
  std::array<torch::Tensor, 4> taps;
  torch::Tensor out = x;
  std::size_t index = 0;
  std::size_t tap = 0;
  for (nn::AnyModule &feature : *features_) {
    out = feature.forward(out);
    if (index++ == kMobilenetV3Taps[tap]) taps[tap++] = out;
  }
  return taps;
}

}  // namespace hyperlips
