// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>

namespace hyperlips::training {
namespace {

TEST(Random, SameKeyGivesSameStream) {
  Random a(7, "clip", 3), b(7, "clip", 3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.bits(), b.bits());
}

TEST(Random, EachPartOfTheKeyMatters) {
  std::set<std::uint64_t> firsts;
  int streams = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (const char *purpose : {"", "a", "b", "ab"})
      for (std::uint64_t index = 0; index < 100; ++index, ++streams)
        firsts.insert(Random(seed, purpose, index).bits());
  EXPECT_EQ(firsts.size(), static_cast<std::size_t>(streams));
}

/// Chi-squared of 16 cells, over numbers of one stream and over the first numbers of many.
TEST(Random, BelowIsEvenWithinAndAcrossStreams) {
  constexpr int kDraws = 16000;
  std::array<int, 16> within{}, across{};
  Random random(1, "test", 0);
  for (int i = 0; i < kDraws; ++i) {
    ++within.at(random.below(16));
    ++across.at(Random(1, "test", i).below(16));
  }
  for (const auto &cells : {within, across}) {
    double chi = 0;
    for (const int count : cells) chi += std::pow(count - kDraws / 16, 2) / (kDraws / 16.0);
    EXPECT_LT(chi, 37.7);  // exceeded by one in a thousand
  }
}

TEST(Random, BelowStaysInRange) {
  Random random(2, "test", 0);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(random.below(1), 0u);
    EXPECT_LT(random.below(3), 3u);
    EXPECT_LT(random.below((std::uint64_t{1} << 63) + 1), (std::uint64_t{1} << 63) + 1);
  }
}

TEST(Random, UniformAndBernoulliHaveTheirMeans) {
  Random random(3, "test", 0);
  double sum = 0;
  int hits = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.uniform_double();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
    hits += random.chance(0.3);
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.01);
  EXPECT_NEAR(hits / double(kDraws), 0.3, 0.015);
  EXPECT_FALSE(random.chance(0));
  EXPECT_TRUE(random.chance(1));
}

}  // namespace
}  // namespace hyperlips::training
