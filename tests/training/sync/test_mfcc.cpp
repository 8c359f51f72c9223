// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/sync/mfcc.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace hyperlips::training {
namespace {

std::vector<float> two_tones(int count) {
  std::vector<float> samples(count);
  for (int n = 0; n < count; ++n) {
    const double value = 8000 * std::sin(2 * std::numbers::pi * 440 * n / 16000) +
                         3000 * std::sin(2 * std::numbers::pi * 2500 * n / 16000 + 1);
    samples[n] = float(std::nearbyint(value) / 32768);
  }
  return samples;
}

TEST(Mfcc, MatchesPythonSpeechFeatures) {
  // mfcc(samples, 16000) of python_speech_features on the same samples as int16.
  const std::array<std::pair<int, std::array<double, kMfccBands>>, 3> expected{{
      {0,
       {20.685538780442, 5.473773034125, -18.70280206924, 19.875951384916, -25.796839085265,
        -66.08146762055, -13.816485456475, 3.153891766354, -32.478373963651, 10.396182729291,
        42.899263143746, 2.213312862781, 1.003778756509}},
      {2,
       {20.688749237556, 4.956254427716, -5.107443932227, 32.04958277596, -14.832789824103,
        -65.93784212895, -12.558594567268, 6.333894313346, -26.631289556427, 13.757548600962,
        44.805169936264, 2.408750392724, 0.923049231526}},
      {4,
       {20.578216992671, 10.0587447568, -21.712678246471, 20.438259572147, -17.173611641439,
        -61.84837543588, -10.246797381269, 4.138712346679, -29.904188549212, 11.349769305167,
        41.996415309126, 0.864519607279, 0.343689028418}},
  }};
  const auto columns = mfcc(two_tones(1000));
  ASSERT_EQ(columns.size(), 5u);
  for (const auto &[n, values] : expected) {
    for (int k = 0; k < kMfccBands; ++k)
      EXPECT_NEAR(columns[n][k], values[k], 1e-8) << n << ", " << k;
  }
}

TEST(Mfcc, PadsLastFrame) {
  EXPECT_TRUE(mfcc({}).empty());
  EXPECT_EQ(mfcc(two_tones(1)).size(), 1u);
  EXPECT_EQ(mfcc(two_tones(400)).size(), 1u);
  EXPECT_EQ(mfcc(two_tones(401)).size(), 2u);
  EXPECT_EQ(mfcc(two_tones(560)).size(), 2u);
  EXPECT_EQ(mfcc(two_tones(561)).size(), 3u);
}

TEST(Mfcc, SilenceIsFinite) {
  const auto columns = mfcc(std::vector<float>(800, 0.f));
  for (const auto &column : columns) {
    EXPECT_NEAR(column[0], std::log(2.220446049250313e-16), 1e-9);
    for (int k = 1; k < kMfccBands; ++k) EXPECT_NEAR(column[k], 0, 1e-9);
  }
}

}  // namespace
}  // namespace hyperlips::training
