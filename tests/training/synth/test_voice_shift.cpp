// SPDX-License-Identifier: LGPL-2.1-or-later
// Pitch and formants change, timing does not.
#include <gtest/gtest.h>

#include "alignment.hpp"
#include "hyperlips/synth/performance.hpp"
#include "training/synth/voice_shift.hpp"
#include "util/random.hpp"

using namespace hyperlips;
using namespace hyperlips::test;
using namespace hyperlips::training;

namespace {

constexpr int kRate = 32000;

float middle_pitch(std::span<const float> samples) {
  std::vector<float> pitch = track_pitch(samples, kRate);
  std::erase(pitch, 0.0f);
  if (pitch.empty()) return 0;
  std::ranges::nth_element(pitch, pitch.begin() + std::ssize(pitch) / 2);
  return pitch[pitch.size() / 2];
}

/// The strongest frequency between `low` and `high`, in a band as wide as formants.
double strongest(std::span<const float> samples, double low, double high) {
  double best = 0, found = 0;
  for (double hz = low; hz <= high; hz += 10) {
    double sum = 0;
    // Short windows resolve the resonances, not the harmonics.
    for (std::size_t at = 0; at + 200 < samples.size(); at += 200) {
      double re = 0, im = 0;
      for (std::size_t n = 0; n < 200; ++n) {
        const double angle = 2 * std::numbers::pi * hz * double(n) / kRate,
                     window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * double(n) / 200);
        re += window * samples[at + n] * std::cos(angle);
        im += window * samples[at + n] * std::sin(angle);
      }
      sum += re * re + im * im;
    }
    if (sum > best) {
      best = sum;
      found = hz;
    }
  }
  return found;
}

TEST(Pitch, FoundOnlyInVowels) {
  for (const double pitch : {80.0, 120.0, 200.0, 330.0})
    EXPECT_NEAR(middle_pitch(vowel(pitch, 700, kRate, 0.6)), pitch, 0.015 * pitch);
  Random random(1, 1);
  std::vector<float> noise(kRate / 2);
  for (float &sample : noise) sample = 0.2f * random.normal();
  EXPECT_EQ(middle_pitch(noise), 0);
  EXPECT_EQ(middle_pitch(std::vector<float>(kRate / 2)), 0);
}

TEST(VoiceShift, ShiftsPitchAndFormantsSeparately) {
  const auto voice = vowel(120, 700, kRate, 0.8);
  for (const float pitch : {0.75f, 1.0f, 1.35f}) {
    for (const float formants : {0.84f, 1.0f, 1.2f}) {
      const auto shifted = shift_voice(voice, kRate, {pitch, formants});
      ASSERT_EQ(shifted.size(), voice.size());
      EXPECT_NEAR(middle_pitch(shifted), 120 * pitch, 0.03 * 120 * pitch)
          << pitch << " " << formants;
      EXPECT_NEAR(strongest(shifted, 400, 1100), 700 * formants, 0.09 * 700 * formants)
          << pitch << " " << formants;
    }
  }
  EXPECT_EQ(shift_voice(voice, kRate, {}), voice);
  EXPECT_TRUE(shift_voice({}, kRate, {1.2f, 1.1f}).empty());
}

TEST(VoiceShift, KeepsTimeOfBursts) {
  Random random(3, 1);
  std::vector<float> bursts(2 * kRate);
  for (std::size_t start = kRate / 5; start + 1000 < bursts.size(); start += 7351)
    for (std::size_t n = 0; n < 1000; ++n)
      bursts[start + n] = 0.3f * random.normal() * std::exp(-float(n) / 300);
  for (const VoiceShift shift : {VoiceShift{1.3f, 1.2f}, VoiceShift{0.75f, 0.85f}}) {
    const auto shifted = shift_voice(bursts, kRate, shift);
    for (std::size_t start = kRate / 5; start + 1000 < bursts.size(); start += 7351) {
      const std::size_t from = start - 2000, count = 5000;
      const auto before = loudness(std::span(bursts).subspan(from, count), kRate, 0.003),
                 after = loudness(std::span(shifted).subspan(from, count), kRate, 0.003);
      EXPECT_LE(std::abs(delay_of(before, after, 320)), kRate / 1000) << start;
    }
  }
}

TEST(VoiceShift, KeepsTimeOfSpeech) {
  constexpr double kWindow = 0.04;  // more than two periods of the lowest voice
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    synth::PerformanceOptions options;
    options.seed = seed;
    synth::Performance performance(options);
    std::vector<float> speech(4 * kRate);
    performance.sound(kRate, kRate, speech);
    const auto before = loudness(speech, kRate, kWindow);
    for (const VoiceShift shift :
         {VoiceShift{1.3f, 1.15f}, VoiceShift{0.8f, 0.87f}, VoiceShift{1.25f, 0.9f}}) {
      const auto after = loudness(shift_voice(speech, kRate, shift), kRate, kWindow);
      EXPECT_LE(std::abs(delay_of(before, after, 640)), kRate * 3 / 2000)
          << seed << " " << shift.pitch;
    }
  }
}

}  // namespace
