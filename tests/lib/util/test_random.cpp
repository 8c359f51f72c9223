// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <set>

namespace hyperlips {
namespace {

struct Keys {
  const char *name;
  /// A generator of a seed and the number of a stream.
  std::function<Random(std::uint64_t seed, std::uint64_t stream)> make;
};

/// The tests run for both ways to name a stream.
class RandomTest : public testing::TestWithParam<Keys> {
 protected:
  static Random make(std::uint64_t seed, std::uint64_t stream) {
    return GetParam().make(seed, stream);
  }
};

INSTANTIATE_TEST_SUITE_P(
    Keys, RandomTest,
    testing::Values(Keys{"Stream", [](auto seed, auto stream) { return Random(seed, stream); }},
                    Keys{"PurposeAndIndex",
                         [](auto seed, auto index) { return Random(seed, "test", index); }}),
    [](const auto &info) { return std::string(info.param.name); });

TEST_P(RandomTest, SameKeySameNumbers) {
  Random a = make(7, 3), b = make(7, 3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.bits(), b.bits());
}

TEST_P(RandomTest, DifferentKeysDifferentNumbers) {
  std::set<std::uint64_t> firsts;
  std::size_t streams = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (std::uint64_t stream = 0; stream < 400; ++stream, ++streams)
      firsts.insert(make(seed, stream).bits());
  EXPECT_EQ(firsts.size(), streams);
}

/// Chi-squared of 16 cells, over numbers of one stream and over the first numbers of many.
TEST_P(RandomTest, BelowIsUniformWithinAndAcrossStreams) {
  constexpr int kDraws = 16000;
  std::array<int, 16> within{}, across{};
  Random random = make(1, 0);
  for (int i = 0; i < kDraws; ++i) {
    ++within.at(random.below(16));
    ++across.at(make(1, static_cast<std::uint64_t>(i)).below(16));
  }
  for (const auto &cells : {within, across}) {
    double chi = 0;
    for (const int count : cells) chi += std::pow(count - kDraws / 16, 2) / (kDraws / 16.0);
    EXPECT_LT(chi, 37.7);  // exceeded by one in a thousand
  }
}

TEST_P(RandomTest, BelowStaysInRange) {
  Random random = make(2, 0);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(random.below(1), 0);
    EXPECT_LT(random.below(std::uint64_t{3}), 3u);
    EXPECT_LT(random.below((std::uint64_t{1} << 63) + 1), (std::uint64_t{1} << 63) + 1);
  }
}

TEST_P(RandomTest, UniformAndChanceHaveTheirMeans) {
  Random random = make(3, 0);
  double sum = 0;
  int hits = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.uniform_double();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    const float single = random.uniform();
    ASSERT_GE(single, 0);
    ASSERT_LT(single, 1);
    sum += value;
    hits += random.chance(0.3f);
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.01);
  EXPECT_NEAR(hits / double(kDraws), 0.3, 0.015);
  EXPECT_FALSE(random.chance(0));
  EXPECT_TRUE(random.chance(1));
}

TEST_P(RandomTest, NormalHasMeanZeroAndDeviationOne) {
  Random random = make(4, 0);
  double sum = 0, squares = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = random.normal();
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.03);
  EXPECT_NEAR(squares / kDraws, 1, 0.05);
}

TEST(RandomPurposes, EachIsAStreamOfItsOwn) {
  std::set<std::uint64_t> firsts;
  std::size_t streams = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (const char *purpose : {"", "a", "b", "ab"})
      for (std::uint64_t index = 0; index < 100; ++index, ++streams)
        firsts.insert(Random(seed, purpose, index).bits());
  EXPECT_EQ(firsts.size(), streams);
}

}  // namespace
}  // namespace hyperlips
