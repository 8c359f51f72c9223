// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/speech_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "util/random.hpp"

using namespace hyperlips;

namespace {

constexpr ShapeValues kMean{0.05f, 0.4f, 0.15f, 0.3f}, kDeviation{0.03f, 0.02f, 0.03f, 0.03f};

MouthPose pose_of(Random &random) {
  MouthPose pose;
  pose.opening = 0.04f + 0.03f * random.normal();
  pose.width = 0.3f * random.normal();
  pose.rounding = 0.2f * random.normal();
  return pose;
}

double spread(const std::vector<double> &values) {
  double sum = 0, squares = 0;
  for (const double v : values) sum += v, squares += v * v;
  const double n = double(values.size());
  return std::sqrt(squares / n - sum / n * sum / n);
}

}  // namespace

TEST(SpeechFit, WithoutFootageOpensTheMouthAsSpoken) {
  const SpeechFit fit = fit_speech({}, kMean, kDeviation);
  MouthPose closed, open;
  open.opening = 0.12f;
  open.jaw = 0.4f;
  EXPECT_LT(fit.shape(closed)[0], kMean[0]);
  EXPECT_GT(fit.shape(open)[0], kMean[0] + kDeviation[0]);
}

TEST(SpeechFit, LearnsThePersonAndKeepsTheSpread) {
  Random random(3, 0);
  std::vector<SpeechPair> pairs;
  for (int n = 0; n < 2000; ++n) {
    const MouthPose pose = pose_of(random);
    // This person opens the mouth sideways too; the rest is chance.
    const float noise = random.normal();
    pairs.push_back({speech_values(pose),
                     {kMean[0] + 0.5f * (pose.opening - 0.04f) + 0.02f * noise,
                      kMean[1] + 0.05f * pose.width, kMean[2], kMean[3]}});
  }
  const SpeechFit fit = fit_speech(pairs, kMean, kDeviation);
  MouthPose wide;
  wide.opening = 0.04f;
  wide.width = 1;
  MouthPose narrow = wide;
  narrow.width = -1;
  EXPECT_GT(fit.shape(wide)[1], fit.shape(narrow)[1] + 0.05f);
  std::vector<double> openings;
  for (int n = 0; n < 1000; ++n) openings.push_back(double(fit.shape(pose_of(random))[0]));
  EXPECT_GT(spread(openings), 0.7 * double(kDeviation[0]));
  EXPECT_LT(spread(openings), 1.1 * double(kDeviation[0]));
}
