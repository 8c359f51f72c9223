// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/talk/speech_to_mouth.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <thread>

#include "common/correlation.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "hyperlips/synth/performance.hpp"
#include "util/random.hpp"

using namespace hyperlips;
using hyperlips::test::correlation;

namespace {

constexpr float kSilence = -4;

/// The window of a frame at `seconds` in speech of which `columns` is the spectrogram.
std::vector<float> window_at(const SpeechToMouth &network, const std::vector<MelColumn> &columns,
                             double seconds) {
  const int count = network.columns_before() + network.columns_after();
  const int first =
      static_cast<int>(std::floor(seconds * kMelRate + 1e-6)) - network.columns_before();
  std::vector<float> window(static_cast<std::size_t>(kMelBands * count), kSilence);
  for (int i = 0; i < count; ++i)
    if (first + i >= 0 && first + i < std::ssize(columns))
      for (int band = 0; band < kMelBands; ++band)
        window[band * count + i] = columns[first + i][band];
  return window;
}

std::vector<float> noise(std::size_t count, float level) {
  Random random(1, 2);
  std::vector<float> samples(count);
  for (float &sample : samples) sample = level * random.normal();
  return samples;
}

/// A network with one convolution of `taps` columns and a head, all weights given by a function.
void write_network(const std::filesystem::path &path, int taps, const std::string &before,
                   const std::function<float(int out, int band, int tap)> &weight,
                   const std::string &left_out = "") {
  std::vector<float> conv, bias(2), head(24 * 2), head_bias(24);
  for (int out = 0; out < 2; ++out)
    for (int band = 0; band < kMelBands; ++band)
      for (int tap = 0; tap < taps; ++tap) conv.push_back(weight(out, band, tap));
  head[0] = 1;              // opening = first channel
  head[2 * 2 + 1] = -0.5f;  // width = minus half of the second
  head_bias[9 + 4] = 10;    // Viseme::TD
  std::vector<NewTensor> tensors;
  const auto add = [&](const char *name, std::vector<std::int64_t> shape,
                       const std::vector<float> &values) {
    if (name != left_out)
      tensors.push_back({name, DType::F32, std::move(shape), std::as_bytes(std::span(values))});
  };
  add("conv.0.weight", {2, kMelBands, taps}, conv);
  add("conv.0.bias", {2}, bias);
  add("head.weight", {24, 2}, head);
  add("head.bias", {24}, head_bias);
  write_safetensors(path, tensors, {{"dilations", "3"}, {"columns_before", before}});
}

std::filesystem::path temporary(const char *name) {
  return std::filesystem::path(testing::TempDir()) / name;
}

std::string error_of(const std::filesystem::path &file) {
  try {
    const SpeechToMouth network(file);
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST(SpeechToMouth, ConvolutionAsWritten) {
  const auto path = temporary("speech-to-mouth-small.safetensors");
  // Channel 0 takes band 5 of the first column, channel 1 band 7 of the last one.
  write_network(path, 2, "1", [](int out, int band, int tap) {
    return out == 0 ? (band == 5 && tap == 0) : (band == 7 && tap == 1);
  });
  const SpeechToMouth network(path);
  EXPECT_EQ(network.columns_before(), 1);
  EXPECT_EQ(network.columns_after(), 3);  // two taps, three columns apart
  std::vector<float> window(kMelBands * 4, -4);
  window[5 * 4 + 0] = 0.25f;
  window[7 * 4 + 3] = 1.5f;
  SpokenMouth spoken = network.predict(window);
  EXPECT_FLOAT_EQ(spoken.mouth.opening, 0.25f);
  EXPECT_FLOAT_EQ(spoken.mouth.width, -0.75f);
  EXPECT_GT(spoken.visemes[static_cast<int>(Viseme::TD)], 0.99f);
  window[5 * 4 + 0] = 3;
  window[7 * 4 + 3] = -1;  // rectified
  spoken = network.predict(window);
  EXPECT_EQ(spoken.mouth.opening, 0.4f);
  EXPECT_EQ(spoken.mouth.width, 0);
  EXPECT_THROW(network.predict(std::span(window).first(80)), Error);
}

TEST(SpeechToMouth, DamagedFilesAreNamed) {
  EXPECT_NE(error_of(temporary("no such file")).find("no such file"), std::string::npos);
  const auto path = temporary("speech-to-mouth-bad.safetensors");
  const auto zero = [](int, int, int) { return 0.0f; };
  write_network(path, 2, "4", zero);
  EXPECT_NE(error_of(path).find("speech-to-mouth-bad.safetensors"), std::string::npos);
  write_network(path, 2, "x", zero);
  EXPECT_NE(error_of(path).find("'columns_before'"), std::string::npos);
  write_network(path, 2, "1", [](int, int, int) { return NAN; });
  EXPECT_NE(error_of(path).find("not finite"), std::string::npos);
  write_network(path, 2, "1", zero, "head.weight");
  EXPECT_NE(error_of(path).find("'head.weight'"), std::string::npos);
  write_network(path, 2, "1", zero, "conv.0.bias");
  EXPECT_NE(error_of(path).find("'conv.0.bias'"), std::string::npos);
}

TEST(SpeechToMouth, ClosedInSilenceAndNoise) {
  const SpeechToMouth network;
  for (const float level : {0.0f, 0.0001f, 0.001f, 0.003f}) {
    const auto columns = mel_spectrogram(noise(32000, level));
    for (double t = 0.2; t < 1.6; t += 0.04) {
      const SpokenMouth spoken = network.predict(window_at(network, columns, t));
      ASSERT_LT(spoken.mouth.opening, 0.012f) << level << " " << t;
      ASSERT_LT(spoken.mouth.jaw, 0.1f) << level << " " << t;
    }
  }
}

TEST(SpeechToMouth, ProbabilitiesSumToOneAndRangesHold) {
  const SpeechToMouth network;
  Random random(3, 4);
  std::vector<float> window(
      static_cast<std::size_t>(kMelBands * (network.columns_before() + network.columns_after())));
  for (int i = 0; i < 50; ++i) {
    for (float &value : window) value = random.uniform(-4, 4);
    const SpokenMouth spoken = network.predict(window);
    float sum = 0;
    for (const float share : spoken.visemes) sum += share;
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_GE(spoken.mouth.opening, 0);
    EXPECT_LE(spoken.mouth.opening, 0.4f);
    EXPECT_LE(std::abs(spoken.mouth.width), 1);
  }
}

/// A speaker, language and text that are not trained on; louder and softer.
TEST(SpeechToMouth, FollowsAnUnseenVoice) {
  const SpeechToMouth network;
  synth::Performance performance({.seed = 4711,
                                  .text = "My bonnie lies over the ocean, and a "
                                          "wonderful purple balloon may appear above the lake."});
  const double seconds = *performance.duration();
  std::vector<float> samples(static_cast<std::size_t>(seconds * kMelSampleRate));
  performance.sound(0, kMelSampleRate, samples);
  for (const float gain : {0.3f, 1.0f, 2.0f}) {
    auto scaled = samples;
    for (float &sample : scaled) sample *= gain;
    const auto columns = mel_spectrogram(scaled);
    std::vector<double> truth, predicted;
    for (double t = 0; t < seconds; t += 0.04) {
      truth.push_back(performance.pose(t).mouth.opening);
      predicted.push_back(network.predict(window_at(network, columns, t)).mouth.opening);
    }
    EXPECT_GT(correlation(truth, predicted), 0.75) << gain;
  }
}

TEST(SpeechToMouth, SameResultInManyThreads) {
  const SpeechToMouth network;
  const auto columns = mel_spectrogram(noise(16000, 0.1f));
  const std::vector<float> window = window_at(network, columns, 0.5);
  const float expected = network.predict(window).mouth.opening;
  std::vector<std::thread> threads;
  std::vector<float> results(4);
  for (float &result : results)
    threads.emplace_back([&] { result = network.predict(window).mouth.opening; });
  for (auto &thread : threads) thread.join();
  for (const float result : results) EXPECT_EQ(result, expected);
}
