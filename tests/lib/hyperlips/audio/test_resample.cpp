// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "hyperlips/audio/resample.hpp"
#include "hyperlips/error.hpp"

using hyperlips::Error;
using hyperlips::Resampler;

namespace {

constexpr int kFrom = 22050;

double sine(double seconds, double frequency) {
  return std::sin(2 * std::numbers::pi * frequency * seconds + 0.3);
}

/// The output from sample `first` on for a stationary sine of `frequency`.
std::vector<float> resampled_sine(int rate, double frequency, std::int64_t first,
                                  std::size_t count) {
  const Resampler resampler(kFrom, rate);
  const auto range = resampler.input_for(first, static_cast<std::int64_t>(count));
  std::vector<float> input(static_cast<std::size_t>(range.count)), output(count);
  for (std::size_t i = 0; i < input.size(); ++i)
    input[i] = static_cast<float>(
        sine(static_cast<double>(range.first + static_cast<std::int64_t>(i)) / kFrom, frequency));
  resampler.resample(input, first, output);
  return output;
}

class Resample : public testing::TestWithParam<int> {};

TEST_P(Resample, KeepsPhaseOfSine) {
  const int rate = GetParam();
  for (const double frequency : {110.0, 0.2 * std::min(rate, kFrom), 0.41 * std::min(rate, kFrom)})
    for (const std::int64_t first : {-700, 0, 123456789}) {
      const auto output = resampled_sine(rate, frequency, first, 500);
      for (std::size_t n = 0; n < output.size(); ++n)
        ASSERT_NEAR(
            output[n],
            sine(static_cast<double>(first + static_cast<std::int64_t>(n)) / rate, frequency), 1e-3)
            << rate << " Hz, sine of " << frequency << " Hz, sample " << n;
    }
}

TEST_P(Resample, IndependentOfChunkSize) {
  const int rate = GetParam();
  const auto whole = resampled_sine(rate, 777, -50, 400);
  std::int64_t at = -50;
  for (const std::size_t size : {1, 2, 97, 300}) {
    const auto piece = resampled_sine(rate, 777, at, size);
    for (std::size_t i = 0; i < size; ++i)
      ASSERT_EQ(piece[i], whole[static_cast<std::size_t>(at + 50) + i]);
    at += static_cast<std::int64_t>(size);
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, Resample,
                         testing::Values(8000, 11025, 16000, 22050, 22051, 32000, 44100, 48000,
                                         96000, 191999, 192000));

TEST(Resampler, SuppressesAliasing) {
  for (const int rate : {8000, 11025, 16000})
    for (const float sample : resampled_sine(rate, 0.52 * rate, 0, 500))
      ASSERT_NEAR(sample, 0, 1e-3);
}

TEST(Resampler, RejectsInvalidRates) {
  EXPECT_THROW(Resampler(0, 48000), Error);
  EXPECT_THROW(Resampler(22050, -1), Error);
}

}  // namespace
