// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/lip_measures.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace hyperlips::training {
namespace {

MouthPoints mouth(double opening, double jump = 0) {
  MouthPoints points;
  points.opening = 200 * opening;
  points.face_height = 200;
  points.lips[0] = {jump, 0};
  return points;
}

double wave(int frame, double period) { return 0.05 + 0.04 * std::sin(2 * M_PI * frame / period); }

TEST(LipMeasures, MeansAndRatios) {
  LipMeasures measures;
  for (int i = 0; i < 40; ++i) {
    const MouthPoints truth = mouth(wave(i, 9), i % 2), result = mouth(wave(i - 2, 9), 3 * (i % 2));
    measures.add({.truth = &truth,
                  .result = i == 7 ? nullptr : &result,
                  .mouth_error = 0.01 * (i % 2),
                  .pasted_error = 0.03,
                  .energy = std::array{4.0, i % 2 ? 1.5 : 0.5}});
  }
  measures.add_pasted(0.03 + 41 * 0.01);
  measures.add({});
  const LipScores scores = measures.scores(25);
  EXPECT_EQ(scores.frames, 39);
  EXPECT_NEAR(*scores.mouth_mae, 0.005, 1e-12);
  EXPECT_NEAR(*scores.pasted_mae, 0.04, 1e-12);
  EXPECT_NEAR(*scores.sharpness, 0.5, 1e-12);
  EXPECT_NEAR(*scores.jitter, 3, 1e-9);
  EXPECT_NEAR(*scores.lmd, 100 * 2 * 0.5 / 40 / 200, 0.001);
  EXPECT_EQ(scores.opening->best->frames, 2);
  EXPECT_FALSE(scores.leak);
  EXPECT_EQ(*scores.closed, 0);
  EXPECT_EQ(scores.result_frames, 39);
}

TEST(LipMeasures, FollowsSpeakerAndLeaksTruth) {
  LipMeasures measures({.driven_by = DrivenBy::Speaker});
  for (int i = 0; i < 90; ++i) {
    const MouthPoints truth = mouth(wave(i, 10)), speaker = mouth(wave(i, 7.5)),
                      result = mouth(0.8 * wave(i, 7.5) + 0.2 * wave(i, 10));
    measures.add({.truth = &truth, .result = &result, .speaker = &speaker});
  }
  const LipScores scores = measures.scores(25);
  EXPECT_NEAR(scores.opening->r, 0.8 / std::hypot(0.8, 0.2), 0.01);
  EXPECT_NEAR(scores.leak->r, 0.2 / std::hypot(0.8, 0.2), 0.01);
}

TEST(LipMeasures, ClosedInSilence) {
  LipMeasures measures({.driven_by = DrivenBy::Silence, .closed_below = 0.02});
  for (int i = 0; i < 40; ++i) {
    const MouthPoints truth = mouth(wave(i, 9)), result = mouth(i % 4 == 0 ? 0.0201 : 0.0199);
    measures.add({.truth = i % 2 ? &truth : nullptr, .result = &result});
  }
  const LipScores scores = measures.scores(25);
  EXPECT_NEAR(*scores.closed, 0.75, 1e-12);
  EXPECT_EQ(scores.result_frames, 40);
  EXPECT_FALSE(scores.opening);
}

TEST(LipMeasures, PoolsByFrames) {
  LipScores a, b, nothing;
  a.frames = a.mouth_frames = a.sharpness_frames = a.pasted_frames = a.result_frames = 10;
  b.frames = b.mouth_frames = b.sharpness_frames = b.pasted_frames = b.result_frames = 30;
  a.mouth_mae = 0.02, b.mouth_mae = 0.06;
  a.pasted_mae = 0.1, b.pasted_mae = 0.2;
  a.sharpness = 2, b.sharpness = 0.5;
  a.jitter = 1, b.jitter = 16;
  a.closed = 1, b.closed = 0;
  a.lmd = 1, b.lmd = 2;
  const LipScores pooled = pool(std::vector{a, nothing, b});
  EXPECT_EQ(pooled.frames, 40);
  EXPECT_NEAR(*pooled.mouth_mae, 0.05, 1e-12);
  EXPECT_NEAR(*pooled.pasted_mae, 0.175, 1e-12);
  EXPECT_NEAR(*pooled.sharpness, std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(*pooled.jitter, 8, 1e-9);
  EXPECT_NEAR(*pooled.closed, 0.25, 1e-12);
  EXPECT_NEAR(*pooled.lmd, 1.75, 1e-12);
  EXPECT_FALSE(pooled.opening);
  EXPECT_FALSE(pool(std::vector{nothing}).mouth_mae);
}

TEST(LipMeasures, EmptyWithoutFrames) {
  const LipScores scores = LipMeasures().scores(25);
  EXPECT_FALSE(scores.opening);
  EXPECT_FALSE(scores.mouth_mae);
  EXPECT_FALSE(scores.sharpness);
  EXPECT_FALSE(scores.closed);
}

}  // namespace
}  // namespace hyperlips::training
