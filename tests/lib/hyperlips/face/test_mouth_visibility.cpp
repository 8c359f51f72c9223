// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "common/drawn_face.hpp"
#include "common/timed_tracker.hpp"
#include "hyperlips/face/mouth_visibility.hpp"

namespace hyperlips {
namespace {

const cv::Size kFrame{480, 360};
const cv::Scalar kHand = cv::Scalar::all(-1);

cv::Mat talking(int i, bool hand = false) {
  return draw_face(
      kFrame, {.width = 0.35f, .mouth = 0.5f - 0.5f * std::cos(0.7f * float(i)), .hand = hand});
}

/// A hand or a uniformly colored object in front of the mouth.
cv::Mat covered(int i, const cv::Scalar &color) {
  if (color == kHand) return talking(i, true);
  cv::Mat frame = talking(i);
  cv::ellipse(frame, {240, 232}, {70, 45}, 0, 0, 360, color, cv::FILLED, cv::LINE_AA);
  return frame;
}

/// Whether the mouth of the only face is hidden.
bool hidden(test::TimedTracker &tracker, const cv::Mat &frame) {
  const auto faces = tracker.next(view_of(frame));
  EXPECT_EQ(faces.size(), 1u);
  return faces.size() == 1 && faces[0].mouth_hidden;
}

TEST(MouthVisibility, TalkingMouthIsVisible) {
  test::TimedTracker tracker({});
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(hidden(tracker, talking(i))) << i;
}

TEST(MouthVisibility, DetectsOccludingObjects) {
  for (const cv::Scalar &color : {kHand, cv::Scalar{30, 30, 30}, cv::Scalar{235, 235, 230},
                                  cv::Scalar{150, 70, 40}, cv::Scalar{40, 30, 200}}) {
    SCOPED_TRACE(testing::Message() << color);
    test::TimedTracker tracker({});
    int i = 0;
    for (; i < 12; ++i) EXPECT_FALSE(hidden(tracker, talking(i))) << i;
    for (; i < 60; ++i) EXPECT_TRUE(hidden(tracker, covered(i, color))) << i;
    for (const int end = i + 3; i < end; ++i) hidden(tracker, talking(i));
    for (; i < 70; ++i) EXPECT_FALSE(hidden(tracker, talking(i))) << i;
  }
}

TEST(MouthVisibility, RednessInGray8) {
  const cv::Mat frame = talking(3);
  const auto faces = Tracker({}).track(view_of(frame), 0);
  ASSERT_EQ(faces.size(), 1u);
  const float redness = lip_redness(view_of(frame), faces[0].landmarks);
  EXPECT_GT(redness, 0.1f);
  EXPECT_NEAR(lip_redness(view_of(covered(3, kHand)), faces[0].landmarks), 0, 0.05);
  cv::Mat gray;
  cv::cvtColor(frame, gray, cv::COLOR_BGR2GRAY);
  FrameView view = view_of(frame);
  view.format = PixelFormat::GRAY8;
  view.planes[0] = {gray.data, std::ptrdiff_t(gray.step)};
  EXPECT_EQ(lip_redness(view, faces[0].landmarks), 0);
}

/// The frames of a video, by default with 25 frames per second.
class Mouth {
 public:
  explicit Mouth(double frame = 0.04) : frame_(frame) {}
  bool is_hidden(float redness) { return mouth_.is_hidden(redness, time_ += frame_); }

 private:
  MouthVisibility mouth_;
  double frame_, time_ = 0;
};

TEST(MouthVisibility, VisibleForPaleLipsAndAtStart) {
  Mouth pale, fresh;
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(pale.is_hidden(i % 2 ? 0.03f : -0.03f));
  EXPECT_FALSE(fresh.is_hidden(0.3f));
  EXPECT_FALSE(fresh.is_hidden(0.0f));
}

TEST(MouthVisibility, InitialOcclusion) {
  Mouth mouth;
  for (int i = 0; i < 40; ++i) mouth.is_hidden(0.0f);
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(mouth.is_hidden(0.25f)) << i;
  EXPECT_TRUE(mouth.is_hidden(0.0f));
}

TEST(MouthVisibility, LongOcclusion) {
  Mouth mouth;
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(mouth.is_hidden(0.25f));
  for (int i = 0; i < 1200; ++i) ASSERT_TRUE(mouth.is_hidden(0.0f)) << i;
}

TEST(MouthVisibility, AdaptsToLightChange) {
  Mouth mouth;
  for (int i = 0; i < 60; ++i) mouth.is_hidden(0.25f);
  for (int i = 0; i < 5000; ++i) mouth.is_hidden(0.08f);
  EXPECT_FALSE(mouth.is_hidden(0.08f));
}

TEST(MouthVisibility, Hysteresis) {
  Mouth mouth;
  for (int i = 0; i < 20; ++i) mouth.is_hidden(0.25f);
  EXPECT_TRUE(mouth.is_hidden(0.02f));
  EXPECT_TRUE(mouth.is_hidden(0.2f));
  EXPECT_TRUE(mouth.is_hidden(0.02f));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(mouth.is_hidden(0.25f));
  EXPECT_FALSE(mouth.is_hidden(0.25f));
}

TEST(MouthVisibility, SameTimesAtAnyFrameRate) {
  for (const double rate : {10.0, 25.0, 60.0, 240.0}) {
    SCOPED_TRACE(rate);
    Mouth mouth(1 / rate);
    const auto frames = [&](double seconds) { return int(std::lround(seconds * rate)); };
    for (int i = 0; i < frames(20); ++i) mouth.is_hidden(0.25f);
    EXPECT_TRUE(mouth.is_hidden(0));
    // The usual redness is that of the last 20 s.
    for (int i = 0; i < frames(60); ++i) ASSERT_TRUE(mouth.is_hidden(0)) << i;
    for (int i = 1; i <= frames(0.5); ++i)
      EXPECT_EQ(mouth.is_hidden(0.25f), i / rate < 0.1 - 1e-6) << i;
  }
}

}  // namespace
}  // namespace hyperlips
