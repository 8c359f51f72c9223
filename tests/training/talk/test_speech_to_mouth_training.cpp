// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <ATen/Parallel.h>
#include <cmath>

#include "hyperlips/error.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "hyperlips/talk/speech_to_mouth.hpp"
#include "training/talk/mel_augmentation.hpp"
#include "training/talk/speech_to_mouth_training.hpp"

namespace hyperlips::training {
namespace {

const std::atomic<bool> kGoOn = false;
const SpeechToMouthProgress kQuiet = [](const char *, int, int) {};

std::filesystem::path temporary(const char *name) {
  return std::filesystem::path(testing::TempDir()) / name;
}

TEST(SpokenClip, SoundAndMouthBelongTogether) {
  const SpokenClip clip = make_spoken_clip({.seed = 3, .seconds = 10, .languages = {"en"}}, 0);
  EXPECT_EQ(clip.language, "en");
  ASSERT_EQ(clip.columns(), 800u);
  ASSERT_EQ(clip.clean.size(), 800u);
  ASSERT_EQ(clip.degraded.size(), 800u);
  ASSERT_EQ(clip.visemes.size(), 800u);
  // Where no phoneme is, the sound is low and the mouth closed; vowels are louder and open.
  double silent = 0, vowels = 0, level[2] = {}, opening[2] = {};
  for (std::size_t i = 0; i < clip.columns(); ++i) {
    const auto viseme = static_cast<Viseme>(clip.visemes[i]);
    const bool is_vowel = viseme == Viseme::A || viseme == Viseme::E;
    if (viseme != Viseme::Silence && !is_vowel) continue;
    (is_vowel ? vowels : silent) += 1;
    opening[is_vowel] += clip.mouths[i][0];
    for (const std::uint16_t value : clip.clean[i]) level[is_vowel] += half_to_float(value) / 80;
  }
  ASSERT_GT(vowels, 20);
  ASSERT_GT(silent, 20);
  EXPECT_GT(level[1] / vowels, level[0] / silent + 1);
  EXPECT_GT(opening[1] / vowels, opening[0] / silent + 0.03);
}

TEST(SpokenClip, FollowsFromSeedAndNumber) {
  const SpokenClipOptions options{.seed = 3, .seconds = 5, .languages = {}};
  const SpokenClip a = make_spoken_clip(options, 1), b = make_spoken_clip(options, 1),
                   c = make_spoken_clip(options, 2);
  EXPECT_EQ(a.clean, b.clean);
  EXPECT_EQ(a.degraded, b.degraded);
  EXPECT_EQ(a.mouths, b.mouths);
  EXPECT_NE(a.clean, c.clean);
}

TEST(AugmentMel, ChangesVoiceWithinTheRange) {
  std::vector<MelColumn> columns(20), silence(20);
  for (MelColumn &column : columns)
    for (int band = 0; band < kMelBands; ++band) column[band] = std::sin(0.2f * float(band));
  for (MelColumn &column : silence) column.fill(-4);
  auto first = columns, same = columns, second = columns;
  Random a(1, 0), b(1, 0), c(2, 0), d(3, 0);
  augment_mel(first, a);
  augment_mel(same, b);
  augment_mel(second, c);
  EXPECT_EQ(first, same);
  EXPECT_NE(first, second);
  augment_mel(silence, d);
  for (const auto &speech : {first, second, silence})
    for (const MelColumn &column : speech)
      for (const float value : column) ASSERT_LE(std::abs(value), 4);
}

TEST(SpeechToMouthTraining, InferenceEqualsTheTrainedNetwork) {
  torch::manual_seed(1);
  const SpeechToMouthShape shape{.channels = 24};
  SpeechToMouthNet network(shape);
  const MouthScale scale{torch::linspace(0.1, 0.2, 9), torch::linspace(0.05, 0.1, 9)};
  const auto path = temporary("equal.safetensors");
  export_speech_to_mouth(network, scale, path, {{"note", "test"}});
  const SpeechToMouth runtime(path);
  ASSERT_EQ(runtime.columns_before(), 8);
  ASSERT_EQ(runtime.columns_before() + runtime.columns_after(), 33);
  const torch::NoGradGuard no_grad;
  for (int i = 0; i < 5; ++i) {
    const torch::Tensor mel = torch::rand({1, kMelBands, 33}) * 8 - 4;
    torch::Tensor expected = network->mouth(network->features(mel))[0].flatten();
    const torch::Tensor mouth = expected.slice(0, 0, 9) * scale.deviation + scale.mean;
    const torch::Tensor visemes = torch::softmax(expected.slice(0, 9), 0);
    const SpokenMouth spoken =
        runtime.predict({mel.data_ptr<float>(), static_cast<std::size_t>(mel.numel())});
    const auto values = values_of(spoken.mouth);
    for (int v = 0; v < kMouthValues; ++v) {
      const float low = v == 2 ? -1 : 0, high = v == 0 ? 0.4f : 1;
      EXPECT_NEAR(values[v], std::clamp(mouth[v].item<float>(), low, high), 1e-4) << v;
    }
    for (int v = 0; v < kVisemes; ++v)
      EXPECT_NEAR(spoken.visemes[v], visemes[v].item<float>(), 1e-4) << v;
  }
}

SpeechToMouthOptions small() {
  SpeechToMouthOptions options;
  options.clips = {.seed = 5, .seconds = 30, .languages = {"en"}};
  options.hours = 4.0 / 60;
  options.shape.channels = 48;
  options.steps = 250;
  options.batch = 8;
  options.example_columns = 96;
  return options;
}

TEST(SpeechToMouthTraining, LearnsInAFewHundredSteps) {
  const auto path = temporary("small.safetensors");
  SpeechToMouthReport report;
  ASSERT_TRUE(train_speech_to_mouth(small(), path, report, kQuiet, kGoOn));
  EXPECT_GT(report.opening_correlation, 0.7);
  EXPECT_EQ(report.languages, "en 8");
  EXPECT_EQ(report.seconds, 240);
  const TensorFile file = read_safetensors(path);
  EXPECT_EQ(file.metadata.at("seed"), "5");
  EXPECT_EQ(file.metadata.at("steps"), "250");
  EXPECT_EQ(file.metadata.at("clips"), "en 8");
}

TEST(SpeechToMouthTraining, SameOptionsSameFile) {
  SpeechToMouthOptions options = small();
  options.hours = 1.0 / 120;
  options.steps = 5;
  at::set_num_threads(1);
  std::vector<std::vector<float>> heads;
  for (const char *name : {"one.safetensors", "two.safetensors"}) {
    SpeechToMouthReport report;
    options.workers = heads.empty() ? 1 : 2;
    ASSERT_TRUE(train_speech_to_mouth(options, temporary(name), report, kQuiet, kGoOn));
    heads.push_back(read_safetensors(temporary(name)).tensors.at("head.weight").to_float());
  }
  EXPECT_EQ(heads[0], heads[1]);
}

TEST(SpeechToMouthTraining, BadOptionsAndCancel) {
  SpeechToMouthReport report;
  SpeechToMouthOptions options = small();
  options.hours = 0;
  EXPECT_THROW(train_speech_to_mouth(options, temporary("no"), report, kQuiet, kGoOn), Error);
  options = small();
  options.clips.languages = {"xx-unknown"};
  EXPECT_THROW(train_speech_to_mouth(options, temporary("no"), report, kQuiet, kGoOn), Error);
  const std::atomic<bool> stop = true;
  EXPECT_FALSE(train_speech_to_mouth(small(), temporary("no"), report, kQuiet, stop));
  EXPECT_FALSE(std::filesystem::exists(temporary("no")));
}

}  // namespace
}  // namespace hyperlips::training
