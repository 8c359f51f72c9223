// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "synth/scene/backdrop.hpp"

namespace hyperlips::synth {
namespace {

const cv::Size kFrame{320, 180};
constexpr int kSeeds = 60;

TEST(Backdrop, SameSeedSamePicture) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    const cv::Mat first = make_backdrop(seed, kFrame);
    EXPECT_EQ(cv::norm(first, make_backdrop(seed, kFrame), cv::NORM_INF), 0) << seed;
  }
}

TEST(Backdrop, FiniteAndInRangeForAllFrameShapes) {
  for (const cv::Size frame :
       {cv::Size(320, 180), cv::Size(90, 160), cv::Size(16, 16), cv::Size(1, 1), cv::Size(500, 40)})
    for (int seed = 0; seed < kSeeds; ++seed) {
      const cv::Mat picture = make_backdrop(seed, frame);
      ASSERT_EQ(picture.type(), CV_32FC3);
      ASSERT_EQ(picture.size(), frame);
      ASSERT_TRUE(cv::checkRange(picture.reshape(1), true, nullptr, 0, 1.3)) << seed << frame;
    }
}

TEST(Backdrop, DifferentSeedsDiffer) {
  std::vector<cv::Mat> pictures;
  for (int seed = 0; seed < kSeeds; ++seed) {
    pictures.push_back(make_backdrop(seed, kFrame));
    for (int other = 0; other < seed; ++other)
      EXPECT_GT(cv::norm(pictures.back(), pictures[other], cv::NORM_L1) / kFrame.area() / 3, 0.002)
          << seed << " and " << other;
  }
}

TEST(Backdrop, NarrowerFrameCrops) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    const cv::Mat wide = make_backdrop(seed, {320, 180}), narrow = make_backdrop(seed, {160, 180});
    const double off = cv::norm(wide(cv::Rect(80, 0, 160, 180)), narrow, cv::NORM_L1);
    EXPECT_LT(off / narrow.total() / 3, 0.03 * cv::mean(narrow.reshape(1))[0] + 0.002) << seed;
  }
}

TEST(Backdrop, SameSceneAtAllSizes) {
  for (int seed = 0; seed < kSeeds; ++seed) {
    const cv::Mat small = make_backdrop(seed, kFrame);
    cv::Mat large;
    cv::resize(make_backdrop(seed, kFrame * 3), large, kFrame, 0, 0, cv::INTER_AREA);
    EXPECT_LT(cv::norm(small, large, cv::NORM_L1) / small.total() / 3,
              0.06 * cv::mean(large.reshape(1))[0] + 0.002)
        << seed;
  }
}

TEST(Backdrop, IsOutOfFocus) {
  // The difference of neighboring pixels is limited.
  for (int seed = 0; seed < kSeeds; ++seed) {
    const cv::Mat picture = make_backdrop(seed, {960, 540});
    cv::Mat shifted = picture(cv::Rect(1, 0, 959, 540)), step;
    cv::absdiff(picture(cv::Rect(0, 0, 959, 540)), shifted, step);
    double hardest = 0;
    cv::minMaxLoc(step.reshape(1), nullptr, &hardest);
    EXPECT_LT(hardest, 0.5) << seed;
  }
}

TEST(Backdrop, RejectsInvalidFrameSizes) {
  EXPECT_THROW(make_backdrop(1, {0, 10}), Error);
  EXPECT_THROW(make_backdrop(1, {10, 20000}), Error);
}

}  // namespace
}  // namespace hyperlips::synth
