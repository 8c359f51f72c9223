// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <random>

#include "common/fixtures.hpp"
#include "hyperlips/audio/fft.hpp"
#include "hyperlips/audio/mel.hpp"
#include "hyperlips/error.hpp"

using namespace hyperlips;
using hyperlips::test::data_file;

namespace {

std::vector<float> speech() { return test::read_wav(data_file("mel/video1_4s.wav")); }

std::vector<MelColumn> in_chunks(std::span<const float> samples, std::size_t chunk) {
  MelStream stream;
  std::vector<MelColumn> columns;
  for (std::size_t at = 0; at < samples.size(); at += chunk)
    stream.push(samples.subspan(at, std::min(chunk, samples.size() - at)), columns);
  stream.finish(columns);
  return columns;
}

TEST(FftMagnitudes, EqualsDefinition) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (const int size : {2, 8, 10, 32, 40, 200, 512, 800}) {
    std::vector<double> samples(size), got(size / 2 + 1);
    for (double &s : samples) s = normal(random);
    fft_magnitudes(samples, got);
    for (int k = 0; k <= size / 2; ++k) {
      std::complex<double> sum = 0;
      for (int i = 0; i < size; ++i)
        sum += samples[i] * std::polar(1.0, -2 * std::numbers::pi * (i * k % size) / size);
      EXPECT_NEAR(got[k], std::abs(sum), 1e-11) << size << " bin " << k;
    }
  }
}

TEST(FftMagnitudes, RejectsWrongSizes) {
  const std::vector<double> samples(8);
  std::vector<double> magnitudes(5);
  EXPECT_THROW(fft_magnitudes({}, magnitudes), Error);
  EXPECT_THROW(fft_magnitudes(std::span(samples).first(7), magnitudes), Error);
  EXPECT_THROW(fft_magnitudes(samples, std::span(magnitudes).first(4)), Error);
}

TEST(Mel, FilterbankMatchesLibrosa) {
  const std::vector<float> expected = test::read_npy(data_file("mel/mel_basis_80x401.npy"));
  const std::vector<float> bank = mel_filterbank();
  ASSERT_EQ(bank.size(), expected.size());
  for (std::size_t i = 0; i < bank.size(); ++i) ASSERT_NEAR(bank[i], expected[i], 1e-9) << i;
}

TEST(Mel, SpeechMatchesLibrosa) {
  const std::vector<float> expected = test::read_npy(data_file("mel/video1_mel.npy"));
  const std::vector<MelColumn> columns = mel_spectrogram(speech());
  ASSERT_EQ(columns.size(), 321u);
  ASSERT_EQ(expected.size(), 321u * kMelBands);
  double worst = 0;
  for (std::size_t c = 0; c < columns.size(); ++c)
    for (int band = 0; band < kMelBands; ++band)
      worst = std::max<double>(worst, std::abs(columns[c][band] - expected[band * 321 + c]));
  EXPECT_LT(worst, 1e-4);
  RecordProperty("largest_difference", std::to_string(worst));
}

TEST(Mel, IndependentOfChunkSize) {
  const std::vector<float> samples = speech();
  const std::vector<MelColumn> whole = mel_spectrogram(samples);
  for (const std::size_t chunk : {1, 7, 31, 199, 200, 201, 401, 797, 800, 1009, 7919, 63997})
    EXPECT_EQ(in_chunks(samples, chunk), whole) << chunk;
}

TEST(Mel, ColumnsWithoutDelay) {
  MelStream stream;
  std::vector<MelColumn> columns;
  const std::vector<float> sample(1, 0.1f);
  for (int n = 1; n <= 2000; ++n) {
    stream.push(sample, columns);
    EXPECT_EQ(static_cast<int>(columns.size()), n < 400 ? 0 : 1 + (n - 400) / 200) << n;
  }
}

TEST(Mel, NumberOfColumns) {
  for (const int n : {1, 199, 200, 201, 399, 400, 401, 1999, 2000, 2001}) {
    const std::vector<float> samples(n, 0.5f);
    EXPECT_EQ(static_cast<int>(mel_spectrogram(samples).size()), 1 + n / 200) << n;
  }
  EXPECT_TRUE(mel_spectrogram({}).empty());
}

TEST(Mel, DigitalSilence) {
  const std::vector<float> silence(16000);
  for (const MelColumn &column : mel_spectrogram(silence))
    for (const float value : column) ASSERT_EQ(value, -4.0f);
}

TEST(Mel, LevelsStayInRange) {
  std::mt19937 random(2);
  std::uniform_real_distribution<float> uniform(-1e6f, 1e6f);
  std::vector<float> loud(8000);
  for (float &s : loud) s = uniform(random);
  for (const MelColumn &column : mel_spectrogram(loud))
    for (const float value : column) ASSERT_EQ(value, 4.0f);
  std::fill(loud.begin(), loud.end(), std::numeric_limits<float>::max());
  for (const MelColumn &column : mel_spectrogram(loud))
    for (const float value : column) ASSERT_TRUE(value >= -4.0f && value <= 4.0f);
}

TEST(Mel, NonFiniteSamplesAreZero) {
  std::vector<float> broken = speech();
  std::vector<float> zeroed = broken;
  const float bad[] = {std::numeric_limits<float>::quiet_NaN(),
                       std::numeric_limits<float>::infinity(),
                       -std::numeric_limits<float>::infinity()};
  for (std::size_t i = 100; i < broken.size(); i += 997) {
    broken[i] = bad[i % 3];
    zeroed[i] = 0.0f;
  }
  EXPECT_EQ(mel_spectrogram(broken), mel_spectrogram(zeroed));
}

TEST(Mel, FinishAndReset) {
  const std::vector<float> samples = speech();
  const std::vector<MelColumn> whole = mel_spectrogram(samples);
  MelStream stream;
  std::vector<MelColumn> columns;
  stream.push(samples, columns);
  stream.finish(columns);
  columns.clear();
  stream.finish(columns);
  EXPECT_TRUE(columns.empty());
  stream.push(std::span(samples).first(12345), columns);
  stream.reset();
  columns.clear();
  stream.push(samples, columns);
  stream.finish(columns);
  EXPECT_EQ(columns, whole);
}

TEST(Mel, ColumnCenteredOnSample) {
  std::vector<float> impulse(16000);
  impulse[8000] = 1.0f;
  const std::vector<MelColumn> columns = mel_spectrogram(impulse);
  const auto level = [&](int c) { return columns[c][40]; };
  for (int c = 0; c < static_cast<int>(columns.size()); ++c) {
    EXPECT_LE(level(c), level(40));
    if (std::abs(c - 40) > 2) {
      EXPECT_EQ(level(c), -4.0f) << c;
    }
  }
  EXPECT_GT(level(39), -4.0f);
  EXPECT_GT(level(41), -4.0f);
}

}  // namespace
