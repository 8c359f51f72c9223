// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "common/drawn_face.hpp"
#include "common/timed_tracker.hpp"
#include "hyperlips/video/scene_cut.hpp"

namespace hyperlips {
namespace {

const cv::Size kFrame{480, 360};

cv::Mat scene(float brightness, const cv::Scalar &skin, float shift = 0) {
  cv::Mat frame = draw_background(kFrame);
  frame.convertTo(frame, -1, brightness);
  draw_face(frame, {.center = {0.5f + shift, 0.5f}, .width = 0.3f, .skin = skin});
  return frame;
}

const cv::Scalar kPale{136, 172, 216}, kDark{60, 85, 130};

TEST(SceneCut, DetectsCutButNotMotion) {
  SceneCut cut;
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(cut.is_cut(view_of(scene(1, kPale, 0.01f * float(i))))) << i;
  EXPECT_TRUE(cut.is_cut(view_of(scene(0.4f, kDark))));
  EXPECT_FALSE(cut.is_cut(view_of(scene(0.4f, kDark))));
  EXPECT_TRUE(cut.is_cut(view_of(scene(1, kPale))));
}

TEST(SceneCut, IgnoresFade) {
  SceneCut cut;
  const cv::Mat frame = scene(1, kPale);
  for (int i = 20; i >= 0; --i) {
    cv::Mat dim;
    frame.convertTo(dim, -1, i / 20.0);
    EXPECT_FALSE(cut.is_cut(view_of(dim))) << i;
  }
}

TEST(SceneCut, IgnoresFlicker) {
  SceneCut cut;
  cv::RNG noise(1);
  int cuts = 0;
  for (int i = 0; i < 60; ++i) {
    const cv::Mat frame(kFrame, CV_8UC3, cv::Scalar::all(i % 2 ? 100 : 125));
    if (i > 30)
      cuts += cut.is_cut(view_of(frame));
    else
      cut.is_cut(view_of(frame));
  }
  EXPECT_EQ(cuts, 0);
}

TEST(SceneCut, Reset) {
  SceneCut cut;
  EXPECT_FALSE(cut.is_cut(view_of(scene(1, kPale))));
  cut.reset();
  EXPECT_FALSE(cut.is_cut(view_of(scene(0.4f, kDark))));
}

TEST(SceneCut, CutStartsNewTrack) {
  test::TimedTracker tracker({});
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 12; ++i) {
    const auto faces = tracker.next(view_of(i < 6 ? scene(1, kPale) : scene(0.4f, kDark)));
    ASSERT_EQ(faces.size(), 1u) << i;
    ids.push_back(faces[0].track_id);
  }
  EXPECT_EQ(ids, (std::vector<std::int64_t>{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}));
}

}  // namespace
}  // namespace hyperlips
