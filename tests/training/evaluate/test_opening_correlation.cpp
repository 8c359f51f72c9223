// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/opening_correlation.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "util/random.hpp"

namespace hyperlips::training {
namespace {

constexpr int kFrames = 200;

/// Speech-like openings: noise smoothed over five frames.
std::vector<double> series(std::uint64_t seed, int frames = kFrames) {
  Random random(seed, 0);
  std::vector<double> noise(std::size_t(frames) + 4), smooth;
  for (double &value : noise) value = random.uniform_double();
  for (std::size_t i = 0; i + 4 < noise.size(); ++i)
    smooth.push_back(0.02 * (noise[i] + noise[i + 1] + noise[i + 2] + noise[i + 3] + noise[i + 4]));
  return smooth;
}

Openings known(const std::vector<double> &values) { return {values.begin(), values.end()}; }

double pearson(const std::vector<double> &a, const std::vector<double> &b) {
  double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
  const auto n = double(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) ma += a[i] / n, mb += b[i] / n;
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
    ab += (a[i] - ma) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

std::vector<double> standardized(std::vector<double> values) {
  double mean = 0, square = 0;
  for (const double v : values) mean += v / double(values.size());
  for (const double v : values) square += (v - mean) * (v - mean) / double(values.size());
  for (double &v : values) v = (v - mean) / std::sqrt(square);
  return values;
}

std::vector<double> mixed(const std::vector<double> &a, const std::vector<double> &b,
                          double share) {
  std::vector<double> sum;
  for (std::size_t i = 0; i < a.size(); ++i) sum.push_back(share * a[i] + (1 - share) * b[i]);
  return sum;
}

TEST(OpeningCorrelation, EqualsDefinition) {
  const std::vector<double> a = series(1), b = mixed(a, series(2), 0.5);
  const auto found = correlate(known(a), known(b), 25);
  ASSERT_TRUE(found);
  const double r = pearson(a, b);
  EXPECT_NEAR(found->r, r, 1e-12);
  EXPECT_GT(r, 0.4);
  EXPECT_LT(r, 0.9);
  EXPECT_NEAR(found->standard_error, (1 - r * r) / std::sqrt(kFrames * 8 / 25.0 - 2), 1e-12);
  EXPECT_EQ(found->frames, kFrames);
  EXPECT_EQ(found->best->frames, 0);
  // The same frames at twice the rate are half the time.
  EXPECT_NEAR(correlate(known(a), known(b), 50)->standard_error,
              (1 - r * r) / std::sqrt(kFrames * 8 / 50.0 - 2), 1e-12);
  EXPECT_NEAR(correlate(known(a), known(b), 1000)->standard_error, 1 - r * r, 1e-12);
}

TEST(OpeningCorrelation, ErrorCoversTheSpreadOfUnrelatedMouths) {
  double squares = 0, stated = 0;
  constexpr int kTrials = 200;
  for (int trial = 0; trial < kTrials; ++trial) {
    const auto found = correlate(known(series(std::uint64_t(100 + trial))),
                                 known(series(std::uint64_t(900 + trial))), 25);
    squares += found->r * found->r / kTrials;
    stated += found->standard_error / kTrials;
  }
  EXPECT_GT(stated, 0.8 * std::sqrt(squares));
  EXPECT_LT(stated, 1.3 * std::sqrt(squares));
}

TEST(OpeningCorrelation, FindsLag) {
  const std::vector<double> a = series(3, kFrames + 10);
  for (const int late : {-8, -3, 0, 3, 8}) {
    const Openings truth(a.begin() + 8, a.begin() + kFrames - 8),
        shifted(a.begin() + 8 - late, a.begin() + kFrames - 8 - late);
    const auto found = correlate(truth, shifted, 25);
    ASSERT_TRUE(found && found->best);
    EXPECT_EQ(found->best->frames, late);
    EXPECT_NEAR(found->best->r, 1, 1e-9);
  }
}

TEST(OpeningCorrelation, FramesWithoutFaceKeepTheirPlace) {
  const std::vector<double> a = series(4);
  Openings truth = known(a), late(a.size());
  for (std::size_t i = 3; i < a.size(); ++i) late[i] = a[i - 3];
  for (std::size_t i = 50; i < 60; ++i) truth[i].reset();
  for (std::size_t i = 90; i < 95; ++i) late[i].reset();
  const auto found = correlate(truth, late, 25);
  EXPECT_EQ(found->frames, kFrames - 3 - 10 - 5);
  EXPECT_EQ(found->best->frames, 3);
  EXPECT_NEAR(found->best->r, 1, 1e-9);
}

TEST(OpeningCorrelation, NoneForConstantOrEmptySeries) {
  const std::vector<double> a = series(5);
  EXPECT_FALSE(correlate(known(a), Openings(a.size(), 0.5), 25));
  EXPECT_FALSE(correlate(known(a), Openings(a.size()), 25));
  EXPECT_FALSE(correlate({}, {}, 25));
  const Openings few(a.begin(), a.begin() + kFewestForLag - 1);
  EXPECT_FALSE(correlate(few, few, 25)->best);
  EXPECT_NEAR(correlate(few, few, 25)->r, 1, 1e-12);
}

TEST(OpeningCorrelation, PooledEqualsConcatenatedStandardizedClips) {
  // Clips of other lengths, mouths and correlations.
  const std::vector<double> a = series(6, 120), b = mixed(a, series(7, 120), 0.7);
  std::vector<double> c = series(8, 60), d = mixed(c, series(9, 60), 0.2);
  for (double &value : c) value = 5 * value + 1;
  const std::vector<OpeningCorrelation> clips{*correlate(known(a), known(b), 25),
                                              *correlate(known(c), known(d), 25)};
  std::vector<double> x = standardized(a), y = standardized(b);
  for (const double v : standardized(c)) x.push_back(v);
  for (const double v : standardized(d)) y.push_back(v);
  const double r = pearson(x, y);
  const auto found = pool(clips);
  EXPECT_NEAR(found->r, r, 1e-12);
  EXPECT_EQ(found->clips, 2);
  EXPECT_EQ(found->frames, 180);
  EXPECT_NEAR(found->standard_error, (1 - r * r) / std::sqrt(180 * 8 / 25.0 - 4), 1e-12);
  EXPECT_FALSE(pool(std::vector<OpeningCorrelation>{}));
  EXPECT_EQ(pool(std::vector{clips[0]})->r, clips[0].r);
}

TEST(OpeningCorrelation, PooledSpreadAndLag) {
  std::vector<OpeningCorrelation> clips;
  double mean = 0, squares = 0;
  for (const std::uint64_t seed : {11, 12, 13, 14}) {
    const std::vector<double> a = series(seed),
                              b = mixed(a, series(seed + 50), 0.1 * double(seed % 5));
    Openings late(a.size());
    for (std::size_t i = 2; i < b.size(); ++i) late[i] = b[i - 2];
    clips.push_back(*correlate(known(a), late, 25));
    mean += clips.back().r / 4;
  }
  for (const OpeningCorrelation &clip : clips) squares += (clip.r - mean) * (clip.r - mean);
  EXPECT_NEAR(*pool(clips)->spread_error, std::sqrt(squares / 3 / 4), 1e-12);
  EXPECT_EQ(pool(clips)->best->frames, 2);
}

}  // namespace
}  // namespace hyperlips::training
