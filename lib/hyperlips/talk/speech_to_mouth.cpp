// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/talk/speech_to_mouth.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "hyperlips/error.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr int kOutputs = kMouthValues + kVisemes;
constexpr int kMostLayers = 16, kMostChannels = 4096, kMostTaps = 64, kMostColumns = 1000;

[[noreturn]] void fail(const TensorFile &file, const std::string &what) {
  throw Error(ErrorKind::Format, "Invalid speech-to-mouth network " + quote_path(file.path) + ": " +
                                     what +
                                     "; train one with \"hyperlips-train speech-to-mouth\".");
}

/// The integers of a metadata entry, separated by commas.
std::vector<int> integers(const TensorFile &file, const std::string &key) {
  const auto entry = file.metadata.find(key);
  if (entry == file.metadata.end()) fail(file, "metadata " + quote(key) + " missing");
  std::vector<int> values;
  const char *at = entry->second.c_str();
  for (char *end = nullptr;; at = end + 1) {
    const long value = std::strtol(at, &end, 10);
    if (end == at || value < 0 || value > kMostColumns || (*end != ',' && *end != 0))
      fail(file, "metadata " + quote(key) + " is " + quote(entry->second) +
                     ", expected numbers from 0 to 1000, separated by commas");
    values.push_back(static_cast<int>(value));
    if (*end == 0) return values;
  }
}

const FileTensor &tensor(const TensorFile &file, const std::string &name) {
  const auto found = file.tensors.find(name);
  if (found == file.tensors.end()) fail(file, "tensor " + quote(name) + " missing");
  return found->second;
}

void softmax(std::span<float> values) {
  const float most = *std::ranges::max_element(values);
  float sum = 0;
  for (float &value : values) sum += value = std::exp(value - most);
  for (float &value : values) value /= sum;
}

MouthPose mouth_of(std::span<const float> values) {
  const auto share = [&](std::size_t i) { return std::clamp(values[i], 0.0f, 1.0f); };
  return {.opening = std::clamp(values[0], 0.0f, 0.4f),
          .jaw = share(1),
          .width = std::clamp(values[2], -1.0f, 1.0f),
          .rounding = share(3),
          .press = share(4),
          .lip_to_teeth = share(5),
          .upper_raise = share(6),
          .tongue = share(7),
          .tongue_out = share(8)};
}

}  // namespace

std::filesystem::path speech_to_mouth_file() {
  std::vector<std::filesystem::path> files = {HYPERLIPS_SPEECH_TO_MOUTH_INSTALLED,
                                              HYPERLIPS_SPEECH_TO_MOUTH};
  if (const char *chosen = std::getenv("HYPERLIPS_SPEECH_TO_MOUTH"); chosen && *chosen)
    files = {chosen};
  std::string searched;
  for (const auto &file : files) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return file;
    searched += (searched.empty() ? "" : " or ") + quote_path(file);
  }
  throw Error(ErrorKind::NotFound, "Speech-to-mouth network not found: " + searched +
                                       "; reinstall HyperLips, or set HYPERLIPS_SPEECH_TO_MOUTH "
                                       "to the file.");
}

SpeechToMouth::Layer SpeechToMouth::read_layer(const TensorFile &file, const std::string &name,
                                               int inputs, int dilation) const {
  const FileTensor &weight = tensor(file, name + ".weight"), &bias = tensor(file, name + ".bias");
  std::vector<std::int64_t> shape = weight.shape;
  if (shape.size() == 2) shape.push_back(1);
  if (shape.size() != 3 || shape[0] < 1 || shape[0] > kMostChannels || shape[1] != inputs ||
      shape[2] < 1 || shape[2] > kMostTaps || bias.shape != std::vector{shape[0]})
    fail(file, "tensors " + quote(name + ".weight") + " and " + quote(name + ".bias") +
                   " do not fit together or to the " + std::to_string(inputs) + " inputs");
  Layer layer{inputs,   static_cast<int>(shape[0]), static_cast<int>(shape[2]),
              dilation, weight.to_float(),          bias.to_float(),
              {}};
  for (const auto *values : {&layer.weights, &layer.biases})
    if (!std::ranges::all_of(*values, [](float value) { return std::isfinite(value); }))
      fail(file, "weights of " + quote(name) + " are not finite");
  // The inner loop runs over the outputs.
  std::vector<float> turned(layer.weights.size());
  for (int out = 0; out < layer.outputs; ++out)
    for (int in = 0; in < inputs; ++in)
      for (int tap = 0; tap < layer.taps; ++tap)
        turned[(static_cast<std::size_t>(tap) * inputs + in) * layer.outputs + out] =
            layer.weights[(static_cast<std::size_t>(out) * inputs + in) * layer.taps + tap];
  layer.weights = std::move(turned);
  return layer;
}

SpeechToMouth::SpeechToMouth(const std::filesystem::path &path) {
  const TensorFile file = read_safetensors(path);
  const std::vector<int> dilations = integers(file, "dilations");
  const std::vector<int> before = integers(file, "columns_before");
  if (dilations.size() > kMostLayers) fail(file, "more than 16 convolutions");
  int inputs = kMelBands;
  columns_ = 1;
  for (std::size_t i = 0; i < dilations.size(); ++i) {
    if (dilations[i] < 1) fail(file, "a dilation is 0");
    layers_.push_back(read_layer(file, "conv." + std::to_string(i), inputs, dilations[i]));
    inputs = layers_.back().outputs;
    columns_ += (layers_.back().taps - 1) * dilations[i];
  }
  layers_.push_back(read_layer(file, "head", inputs, 1));
  if (layers_.back().outputs != kOutputs || layers_.back().taps != 1)
    fail(file, "tensor 'head.weight' has not " + std::to_string(kOutputs) + " outputs");
  before_ = before[0];
  if (before.size() != 1 || columns_ > kMostColumns || before_ >= columns_)
    fail(file, "the window of " + std::to_string(columns_) +
                   " columns is longer than 1000 or does not hold the columns before");
  plan();
}

/// A single output column is wanted, so with dilations most columns in between are not.
void SpeechToMouth::plan() {
  std::set<int> wanted = {0};
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    layer->positions.assign(wanted.begin(), wanted.end());
    wanted.clear();
    for (const int position : layer->positions)
      for (int tap = 0; tap < layer->taps; ++tap) wanted.insert(position + tap * layer->dilation);
  }
}

SpokenMouth SpeechToMouth::predict(std::span<const float> window) const {
  if (window.size() != static_cast<std::size_t>(kMelBands) * columns_)
    throw Error(ErrorKind::Settings, "SpeechToMouth::predict: wrong window size: expected " +
                                         std::to_string(kMelBands * columns_) + " values, got " +
                                         std::to_string(window.size()) + ".");
  std::vector<float> values(window.size());
  for (int band = 0; band < kMelBands; ++band)
    for (int column = 0; column < columns_; ++column)
      values[column * kMelBands + band] = window[band * columns_ + column];
  std::vector<int> columns(columns_);  // which ones `values` holds
  for (int i = 0; i < columns_; ++i) columns[i] = i;

  std::vector<float> next;
  for (const Layer &layer : layers_) {
    const bool last = &layer == &layers_.back();
    const std::size_t outputs = layer.outputs, inputs = layer.inputs;
    next.clear();
    for (std::size_t p = 0; p < layer.positions.size(); ++p)
      next.insert(next.end(), layer.biases.begin(), layer.biases.end());
    for (int tap = 0; tap < layer.taps; ++tap)
      for (std::size_t p = 0; p < layer.positions.size(); ++p) {
        const auto column =
            std::ranges::lower_bound(columns, layer.positions[p] + tap * layer.dilation);
        const float *input = values.data() + (column - columns.begin()) * inputs;
        const float *weight = layer.weights.data() + tap * inputs * outputs;
        float *sum = next.data() + p * outputs;
        for (std::size_t in = 0; in < inputs; ++in, weight += outputs) {
          const float value = input[in];
          for (std::size_t out = 0; out < outputs; ++out) sum[out] += value * weight[out];
        }
      }
    if (!last)
      for (float &value : next) value = std::max(value, 0.0f);
    values.swap(next);
    columns = layer.positions;
  }
  const std::span result(values);
  SpokenMouth spoken;
  spoken.mouth = mouth_of(result.first(kMouthValues));
  std::ranges::copy(result.subspan(kMouthValues), spoken.visemes.begin());
  softmax(spoken.visemes);
  return spoken;
}

}  // namespace hyperlips
