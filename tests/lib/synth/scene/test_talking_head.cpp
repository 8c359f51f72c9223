// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/synth/talking_head.hpp"
#include "synth/head/landmarks.hpp"

namespace hyperlips::synth {
namespace {

using namespace landmark;

const cv::Size kFrame{240, 200};

FacePose speaking(float opening) {
  FacePose pose;
  pose.mouth.opening = opening;
  pose.mouth.jaw = 3 * opening;
  return pose;
}

cv::Mat drawn(const TalkingHeadOptions &options, const FacePose &pose, std::uint64_t number = 0,
              HeadTruth *truth = nullptr) {
  TalkingHead head(options);
  cv::Mat bgr;
  head.draw(pose, number, bgr, truth);
  return bgr;
}

bool same(const cv::Mat &a, const cv::Mat &b) { return cv::norm(a, b, cv::NORM_INF) == 0; }

double gap(const HeadTruth &truth) {
  const auto &points = truth.landmarks;
  return std::hypot(points[kUpperLipInner].x - points[kLowerLipInner].x,
                    points[kUpperLipInner].y - points[kLowerLipInner].y) /
         std::hypot(points[kFaceRight].x - points[kFaceLeft].x,
                    points[kFaceRight].y - points[kFaceLeft].y);
}

TEST(TalkingHead, SameBytesWithAnyNumberOfThreads) {
  for (std::uint64_t seed : {0, 4, 6}) {  // 6 has a soft lens
    const cv::Mat first = drawn({.seed = seed, .frame = kFrame, .threads = 1}, speaking(0.1f), 7);
    for (int threads : {1, 2, 3, 9}) {
      EXPECT_TRUE(same(
          first, drawn({.seed = seed, .frame = kFrame, .threads = threads}, speaking(0.1f), 7)))
          << "seed " << seed << ", " << threads << " threads";
    }
  }
}

TEST(TalkingHead, FramesAreIndependent) {
  TalkingHead head({.seed = 5, .frame = kFrame});
  cv::Mat first, again, other;
  head.draw(speaking(0.05f), 3, first);
  for (int i = 0; i < 3; ++i) head.draw(speaking(0.2f), 4, other);
  EXPECT_FALSE(same(first, other));
  head.draw(speaking(0.05f), 3, again);
  EXPECT_TRUE(same(first, again));
}

TEST(TalkingHead, DifferentSeedsDiffer) {
  std::vector<cv::Mat> pictures;
  for (std::uint64_t seed = 0; seed < 12; ++seed)
    pictures.push_back(drawn({.seed = seed, .frame = kFrame}, {}));
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      EXPECT_GT(cv::norm(pictures[i], pictures[k], cv::NORM_L1) /
                    static_cast<double>(pictures[i].total() * 3),
                8)
          << i << " and " << k;
    }
  }
}

TEST(TalkingHead, CameraNoiseDependsOnFrameNumber) {
  int noisy = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    TalkingHead head({.seed = seed, .frame = kFrame});
    cv::Mat first, second;
    head.draw({}, 0, first);
    head.draw({}, 1, second);
    noisy += !same(first, second);
    TalkingHead plain({.seed = seed, .frame = kFrame, .camera_effects = false});
    plain.draw({}, 0, first);
    plain.draw({}, 1, second);
    EXPECT_TRUE(same(first, second)) << seed;
  }
  EXPECT_GT(noisy, 4);
}

TEST(TalkingHead, FrameSizes) {
  for (const cv::Size size : {cv::Size{16, 16}, {17, 33}, {700, 40}, {40, 700}, {1281, 719}}) {
    const cv::Mat bgr = drawn({.seed = 1, .frame = size, .threads = 5}, speaking(0.1f));
    EXPECT_EQ(bgr.size(), size);
    EXPECT_EQ(bgr.type(), CV_8UC3);
    cv::Scalar mean, deviation;
    cv::meanStdDev(bgr, mean, deviation);
    EXPECT_GT(deviation[0], 2) << size;
  }
  for (const cv::Size size : {cv::Size{15, 100}, {100, 0}, {-1, 5}, {16385, 20}}) {
    try {
      TalkingHead head({.seed = 1, .frame = size});
      ADD_FAILURE() << size;
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Settings);
      EXPECT_NE(std::string(error.what()).find("16 to 16384"), std::string::npos);
    }
  }
}

TEST(TalkingHead, TruthMatchesPose) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    TalkingHead head({.seed = seed, .frame = {640, 480}});
    cv::Mat bgr;
    HeadTruth closed, open;
    head.draw(speaking(0), 0, bgr, &closed);
    head.draw(speaking(0.2f), 0, bgr, &open);
    for (const cv::Point3f &p : open.landmarks) {
      EXPECT_TRUE(p.x >= 0 && p.y >= 0 && p.x < 640 && p.y < 480) << seed << ": " << p;
    }
    EXPECT_LT(gap(closed), 0.012) << seed;
    EXPECT_NEAR(gap(open), 0.2, 0.03) << seed;
    EXPECT_EQ(closed.mouth_mask.size(), bgr.size());
    EXPECT_GT(cv::countNonZero(open.mouth_mask), 1.2 * cv::countNonZero(closed.mouth_mask));
    const cv::Point3f between =
        (open.landmarks[kUpperLipInner] + open.landmarks[kLowerLipInner]) * 0.5f;
    EXPECT_EQ(open.mouth_mask.at<std::uint8_t>(cv::Point(cvRound(between.x), cvRound(between.y))),
              255);
    const cv::Point3f brow = open.landmarks[kBetweenBrows];
    EXPECT_EQ(open.mouth_mask.at<std::uint8_t>(cv::Point(cvRound(brow.x), cvRound(brow.y))), 0);
  }
}

TEST(TalkingHead, ClosedLidsHideEyes) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    TalkingHead head({.seed = seed, .frame = {480, 400}, .camera_effects = false});
    // The number of values that change with the gaze.
    const auto moved = [&head](float closed) {
      cv::Mat left, right, apart;
      FacePose pose;
      pose.blink[0] = pose.blink[1] = closed;
      pose.gaze_x = -0.3f;
      head.draw(pose, 0, left);
      pose.gaze_x = 0.3f;
      head.draw(pose, 0, right);
      cv::absdiff(left, right, apart);
      return cv::countNonZero(cv::Mat(apart.reshape(1) > 24));
    };
    EXPECT_LE(moved(1), 12) << "seed " << seed;  // a gap of a pixel between the lids may be visible
    EXPECT_GT(moved(0), 60) << "seed " << seed;
  }
}

TEST(TalkingHead, LandmarksFollowPose) {
  TalkingHead head({.seed = 2, .frame = {640, 480}});
  cv::Mat bgr;
  HeadTruth rest, posed;
  head.draw({}, 0, bgr, &rest);
  const auto at = [&](FacePose pose, std::size_t point) {
    head.draw(pose, 0, bgr, &posed);
    return posed.landmarks[point] - rest.landmarks[point];
  };
  EXPECT_GT(at({.yaw = 0.2f}, kNoseTip).x, 5);       // the nose to the picture's right
  EXPECT_GT(at({.pitch = 0.2f}, kNoseTip).y, 5);     // and down
  EXPECT_GT(at({.roll = 0.2f}, kForeheadTop).x, 5);  // the forehead clockwise
  EXPECT_GT(at({.head_x = 0.1f}, kNoseTip).x, 5);
  EXPECT_LT(at({.brow_raise = 1}, kBrowUpper[2]).y, -2);
  EXPECT_GT(at({.blink = {1, 0}}, kUpperLidMiddle).y, 2);  // the lid at the picture's left
  EXPECT_LT(std::abs(at({.blink = {1, 0}}, kMirroredLandmark[kUpperLidMiddle]).y), 0.5);
  EXPECT_GT(at({.gaze_x = 0.4f}, kIrisLeft).x, 2);
  EXPECT_LT(at({.smile = 1}, kMouthLeft).x, -1);  // corners apart and up
  EXPECT_LT(at({.smile = 1}, kMouthLeft).y, -1);
}

}  // namespace
}  // namespace hyperlips::synth
