// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/talk/speech_to_mouth_net.hpp"

#include <torch/nn/functional.h>

#include "hyperlips/audio/mel.hpp"
#include "hyperlips/face/pose.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "synth/speech/phonemes.hpp"

namespace hyperlips::training {
namespace {

// What the network sees of a mel value is about -1 ... 1.
constexpr double kInputScale = 0.5, kInputOffset = 1;

std::string joined(const std::vector<int> &values) {
  std::string text;
  for (const int value : values) text += (text.empty() ? "" : ",") + std::to_string(value);
  return text;
}

}  // namespace

int SpeechToMouthShape::columns() const {
  int columns = 1;
  for (std::size_t i = 0; i < taps.size(); ++i) columns += (taps[i] - 1) * dilations[i];
  return columns;
}

SpeechToMouthNetImpl::SpeechToMouthNetImpl(const SpeechToMouthShape &shape) : shape_(shape) {
  int inputs = kMelBands;
  for (std::size_t i = 0; i < shape.taps.size(); ++i) {
    convolutions_->push_back(
        torch::nn::Conv1d(torch::nn::Conv1dOptions(inputs, shape.channels, shape.taps[i])
                              .dilation(shape.dilations[i])));
    inputs = shape.channels;
  }
  register_module("conv", convolutions_);
  const auto readout = [&](int outputs) {
    return torch::nn::Conv1d(torch::nn::Conv1dOptions(inputs, outputs, 1));
  };
  head_ = register_module("head", readout(kMouthValues + kVisemes));
  sounds_ = register_module("sounds", readout(synth::kSounds + 1));
}

torch::Tensor SpeechToMouthNetImpl::features(torch::Tensor mel) {
  mel = mel * kInputScale + kInputOffset;
  for (const auto &convolution : *convolutions_)
    mel = torch::relu(convolution->as<torch::nn::Conv1d>()->forward(mel));
  return mel;
}

torch::Tensor SpeechToMouthNetImpl::mouth(const torch::Tensor &features) {
  return head_->forward(features);
}

torch::Tensor SpeechToMouthNetImpl::sounds(const torch::Tensor &features) {
  return sounds_->forward(features);
}

void export_speech_to_mouth(SpeechToMouthNet &network, const MouthScale &scale,
                            const std::filesystem::path &path,
                            std::map<std::string, std::string> metadata) {
  const torch::NoGradGuard no_grad;
  std::map<std::string, torch::Tensor> tensors;
  for (const auto &entry : network->named_parameters())
    if (!entry.key().starts_with("sounds"))
      tensors[entry.key()] = entry.value().detach().to(torch::kCPU).clone();
  // The scales of input and output become part of the first and last weights.
  torch::Tensor &first = tensors["conv.0.weight"];
  tensors["conv.0.bias"] += kInputOffset * first.sum({1, 2});
  first *= kInputScale;
  torch::Tensor weight = tensors["head.weight"].squeeze(2), bias = tensors["head.bias"];
  weight.slice(0, 0, kMouthValues) *= scale.deviation.unsqueeze(1);
  bias.slice(0, 0, kMouthValues).mul_(scale.deviation).add_(scale.mean);
  tensors["head.weight"] = weight;
  std::vector<NewTensor> written;
  for (auto &[name, tensor] : tensors) {
    tensor = tensor.contiguous();
    written.push_back({name,
                       DType::F32,
                       tensor.sizes().vec(),
                       {static_cast<const std::byte *>(tensor.data_ptr()), tensor.nbytes()}});
  }
  metadata["format"] = "hyperlips speech-to-mouth";
  metadata["dilations"] = joined(network->shape().dilations);
  metadata["columns_before"] = std::to_string(network->shape().columns_before);
  write_safetensors(path, written, metadata);
}

}  // namespace hyperlips::training
