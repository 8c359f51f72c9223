// SPDX-License-Identifier: LGPL-2.1-or-later
// Degradations of speech: amount, reproducibility, and no delay.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "alignment.hpp"
#include "hyperlips/audio/mel.hpp"
#include "hyperlips/synth/performance.hpp"
#include "training/synth/augmentation.hpp"
#include "training/synth/spectrum.hpp"

using namespace hyperlips;
using namespace hyperlips::test;
using namespace hyperlips::training;

namespace {

constexpr int kSeconds = 3;

/// Speech of a seed at kWideRate.
std::vector<float> speech(std::uint64_t seed) {
  synth::PerformanceOptions options;
  options.seed = seed;
  options.language = "en";
  synth::Performance performance(options);
  std::vector<float> samples(kSeconds * kWideRate);
  performance.sound(kWideRate, kWideRate, samples);
  return samples;
}

std::vector<float> babble(std::uint64_t seed, std::size_t count) {
  return change_rate(speech(seed + 100), kWideRate, kMelSampleRate, count);
}

std::vector<float> narrow(const std::vector<float> &wide) {
  return change_rate(wide, kWideRate, kMelSampleRate, wide.size() / 2);
}

double power(std::span<const float> samples) {
  double sum = 0;
  for (const float sample : samples) sum += double(sample) * sample;
  return sum / double(samples.size());
}

double snr_db(std::span<const float> truth, std::span<const float> coded) {
  std::vector<float> error(truth.size());
  for (std::size_t i = 0; i < truth.size(); ++i) error[i] = coded[i] - truth[i];
  return 10 * std::log10(power(truth) / power(error));
}

std::vector<float> sine(double hz, float amplitude, int rate, std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t n = 0; n < count; ++n)
    samples[n] = amplitude * float(std::sin(2 * std::numbers::pi * hz * double(n) / rate));
  return samples;
}

double level_at(std::span<const float> samples, double hz, int rate) {
  double re = 0, im = 0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const double angle = 2 * std::numbers::pi * hz * double(n) / rate;
    re += samples[n] * std::cos(angle);
    im += samples[n] * std::sin(angle);
  }
  return 2 * std::hypot(re, im) / double(samples.size());
}

TEST(Augmentation, HasNoDelay) {
  // A voice whose echoes are not mistaken for a delay of one pitch period.
  const std::vector<float> wide = speech(9), clean = narrow(wide);
  std::map<std::string, SpeechAugmentation> all;
  all["nothing"] = {};
  for (const float decay : {0.2f, 0.9f})
    all["room " + std::to_string(decay)].room = Room{decay, -2};
  for (const auto kind :
       {NoiseKind::White, NoiseKind::Pink, NoiseKind::Brown, NoiseKind::Hum, NoiseKind::Babble}) {
    auto &one = all[to_string(kind)];
    one.noise = kind;
    one.snr_db = 5;
  }
  all["tilt"].tilt_db = 3;
  all["overdrive"].overdrive_db = 12;
  for (const auto band : {SpeechBand::Telephone, SpeechBand::Radio, SpeechBand::Dull})
    all[to_string(band)].band = band;
  for (const auto codec : {SpeechCodec::MuLaw, SpeechCodec::ALaw, SpeechCodec::Adpcm,
                           SpeechCodec::Quantize, SpeechCodec::Transform}) {
    auto &one = all[to_string(codec)];
    one.codec = codec;
    one.codec_quality = 0;
  }
  for (auto &[name, one] : all) {
    one.seed = 7;
    const auto result = augment(wide, one, babble);
    ASSERT_EQ(result.size(), clean.size()) << name;
    EXPECT_LE(std::abs(delay_of(clean, result, 200)), 1) << name;
  }
}

TEST(Augmentation, RandomSettingsKeepTimingAndRange) {
  const std::vector<float> wide = speech(6);
  const auto before = loudness(narrow(wide), kMelSampleRate, 0.02);
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SpeechAugmentation drawn = draw_augmentation(seed);
    const auto full = augment(wide, drawn, babble);
    for (const float sample : full) ASSERT_LE(std::abs(sample), 1.0f) << seed;
    EXPECT_GT(speech_level(full, kMelSampleRate), 0.005f) << seed;
    // Echoes and noise disturb the measurement of the delay; HasNoDelay tests them.
    drawn.room.reset();
    drawn.snr_db = 40;
    const auto after = loudness(augment(wide, drawn, babble), kMelSampleRate, 0.02);
    EXPECT_LE(std::abs(delay_of(before, after, 320)), kMelSampleRate / 1000)
        << seed << " " << to_json(drawn);
  }
}

TEST(Augmentation, IsDeterministic) {
  const std::vector<float> wide = speech(8);
  std::set<std::vector<float>> results;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const auto result = augment(wide, draw_augmentation(seed), babble);
    EXPECT_EQ(result, augment(wide, draw_augmentation(seed), babble));
    results.insert(result);
  }
  EXPECT_EQ(results.size(), 6u);
}

TEST(Augmentation, DrawsAllKindsAndCleanShare) {
  std::map<std::string, int> seen;
  constexpr int kSeeds = 3000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const SpeechAugmentation drawn = draw_augmentation(seed);
    const auto json = to_json(drawn);
    if (json.size() == 1) ++seen["clean"];
    ++seen[std::string("noise ") + to_string(drawn.noise)];
    ++seen[std::string("band ") + to_string(drawn.band)];
    ++seen[std::string("codec ") + to_string(drawn.codec)];
    if (drawn.room) ++seen["room"];
    if (drawn.overdrive_db > 0) ++seen["overdrive"];
    if (drawn.voice != VoiceShift{}) ++seen["voice"];
    EXPECT_GE(drawn.snr_db, 5);
    EXPECT_LE(drawn.snr_db, 40);
    EXPECT_LE(std::abs(std::log(drawn.voice.pitch)), std::log(1.36f));
    EXPECT_LE(std::abs(std::log(drawn.voice.formants)), std::log(1.21f));
  }
  EXPECT_EQ(seen.size(), 6u + 4 + 6 + 4);
  for (const auto &[what, count] : seen) EXPECT_GT(count, kSeeds / 60) << what;
  // Includes those that drew no degradation by chance.
  EXPECT_NEAR(seen["clean"], 0.2 * kSeeds, 0.04 * kSeeds);
  EXPECT_EQ(to_json(draw_augmentation(3, 1)).size(), 1u);
}

TEST(Augmentation, SetsLevel) {
  const std::vector<float> wide = speech(9);
  for (const float level : {-38.0f, -26.0f}) {
    SpeechAugmentation one;
    one.level_db = level;
    EXPECT_NEAR(20 * std::log10(speech_level(augment(wide, one, babble), kMelSampleRate)), level,
                0.1);
  }
  const std::vector<float> silence(kWideRate);
  SpeechAugmentation noisy = draw_augmentation(1, 0);
  noisy.noise = NoiseKind::White;
  for (const float sample : augment(silence, noisy, babble)) EXPECT_TRUE(std::isfinite(sample));
}

TEST(SpeechNoise, SignalToNoiseRatio) {
  const std::vector<float> clean = narrow(speech(10));
  const double level = speech_level(clean, kMelSampleRate);
  for (const auto kind : {NoiseKind::White, NoiseKind::Pink, NoiseKind::Brown, NoiseKind::Hum}) {
    for (const float snr : {5.0f, 40.0f}) {
      auto noisy = clean;
      add_noise(noisy, make_noise(kind, clean.size(), kMelSampleRate, 3), kMelSampleRate, snr);
      for (std::size_t i = 0; i < clean.size(); ++i) noisy[i] -= clean[i];
      EXPECT_NEAR(10 * std::log10(level * level / power(noisy)), snr, 0.1) << to_string(kind);
    }
  }
}

TEST(SpeechNoise, Spectrum) {
  const auto octave = [](NoiseKind kind, float hz) {
    auto noise = make_noise(kind, 1 << 17, kMelSampleRate, 4);
    filter(noise, kMelSampleRate, [hz](float f) { return f >= hz && f < 2 * hz ? 1.0f : 0.0f; });
    return 10 * std::log10(power(noise));
  };
  EXPECT_NEAR(octave(NoiseKind::White, 2000) - octave(NoiseKind::White, 500), 6, 0.7);
  EXPECT_NEAR(octave(NoiseKind::Pink, 2000) - octave(NoiseKind::Pink, 500), 0, 0.7);
  EXPECT_NEAR(octave(NoiseKind::Brown, 2000) - octave(NoiseKind::Brown, 500), -6, 0.7);
}

TEST(RoomResponse, DirectPathAndDecay) {
  for (const float direct : {-2.0f, 10.0f}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const auto response = room_response({0.5f, direct}, kMelSampleRate, seed);
      EXPECT_EQ(response[0], 1);
      const std::span later = std::span(response).subspan(1);
      EXPECT_NEAR(10 * std::log10(power(later) * double(later.size())), -direct, 0.01);
      const auto energy_from = [&](double seconds) {
        return power(std::span(response).subspan(std::size_t(seconds * kMelSampleRate), 800));
      };
      EXPECT_LT(10 * std::log10(energy_from(0.45) / energy_from(0.05)), -35);
    }
  }
}

TEST(SpeechCodecs, SignalToNoiseRatios) {
  const auto tone = sine(800, 0.5f, kMelSampleRate, 16000);
  const auto after = [&](SpeechCodec codec, float quality) {
    auto coded = tone;
    code_speech(coded, codec, quality);
    const std::size_t edge = 1000;
    return snr_db(std::span(tone).subspan(edge, 14000), std::span(coded).subspan(edge, 14000));
  };
  EXPECT_NEAR(after(SpeechCodec::MuLaw, 0), 38, 4);
  EXPECT_NEAR(after(SpeechCodec::ALaw, 0), 38, 4);
  EXPECT_GT(after(SpeechCodec::Adpcm, 0), 15);
  EXPECT_LT(after(SpeechCodec::Adpcm, 0), 45);
  EXPECT_NEAR(after(SpeechCodec::Quantize, 0) + 36, after(SpeechCodec::Quantize, 1), 3);
  EXPECT_GT(after(SpeechCodec::Transform, 1), 8);
  EXPECT_LT(after(SpeechCodec::Transform, 1), 40);
}

TEST(SpeechBands, Passbands) {
  std::vector<float> wide(2 * kWideRate);
  for (const double hz : {150.0, 1000.0, 4000.0, 6000.0}) {
    const auto tone = sine(hz, 0.1f, kWideRate, wide.size());
    for (std::size_t i = 0; i < wide.size(); ++i) wide[i] += tone[i];
  }
  const auto level = [&](SpeechBand band, double hz) {
    SpeechAugmentation one;
    one.band = band;
    one.dull_hz = 3000;
    const auto result = augment(wide, one, babble);
    return 20 * std::log10(level_at(result, hz, kMelSampleRate) /
                           level_at(result, 1000, kMelSampleRate));
  };
  EXPECT_NEAR(level(SpeechBand::Full, 150), 0, 0.5);
  EXPECT_NEAR(level(SpeechBand::Full, 6000), 0, 0.5);
  EXPECT_LT(level(SpeechBand::Telephone, 150), -40);
  EXPECT_LT(level(SpeechBand::Telephone, 4000), -40);
  EXPECT_NEAR(level(SpeechBand::Radio, 150), 0, 0.5);
  EXPECT_NEAR(level(SpeechBand::Radio, 4000), 0, 0.5);
  EXPECT_LT(level(SpeechBand::Radio, 6000), -40);
  EXPECT_LT(level(SpeechBand::Dull, 6000), -40);
}

TEST(Spectrum, ConvolveAndFilterEqualDefinition) {
  std::vector<float> samples{1, 2, 0, -1, 3};
  convolve(samples, std::vector<float>{1, 0, 0.5f});
  const std::vector<float> expected{1, 2, 0.5f, 0, 3};
  for (std::size_t i = 0; i < samples.size(); ++i) EXPECT_NEAR(samples[i], expected[i], 1e-5);
  auto tone = sine(1000, 1, kMelSampleRate, 16000);
  filter(tone, kMelSampleRate, [](float hz) { return hz < 2000 ? 0.5f : 1.0f; });
  EXPECT_NEAR(level_at(tone, 1000, kMelSampleRate), 0.5, 0.01);
}

}  // namespace
