// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "common/drawn_face.hpp"
#include "common/fixtures.hpp"
#include "common/timed_tracker.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

using test::TimedTracker;

const cv::Size kFrame{640, 360};

nlohmann::json reference() {
  return nlohmann::json::parse(std::ifstream(test::data_file("face/tracking.json")));
}

/// The largest distance to reference points, in pixels.
double deviation(const Face &face, const nlohmann::json &points) {
  EXPECT_EQ(points.size(), kLandmarks);
  double worst = 0;
  for (std::size_t i = 0; i < points.size(); ++i)
    worst = std::max(worst, std::hypot(face.landmarks[i].x - points[i][0].get<double>(),
                                       face.landmarks[i].y - points[i][1].get<double>()));
  return worst;
}

/// A face that moves, turns and talks.
cv::Mat drawn_frame(int i) {
  const float t = 0.2f * static_cast<float>(i);
  return draw_face(kFrame, {.center = {0.5f + 0.08f * std::sin(t), 0.5f + 0.05f * std::cos(t)},
                            .width = 0.25f + 0.02f * std::sin(0.7f * t),
                            .rotation = 8 * std::sin(0.5f * t),
                            .mouth = 0.5f - 0.5f * std::cos(3 * t)});
}

std::vector<std::int64_t> ids(const std::vector<Face> &faces) {
  std::vector<std::int64_t> result;
  for (const Face &face : faces) result.push_back(face.track_id);
  return result;
}

using Ids = std::vector<std::int64_t>;

cv::Mat faces_at(std::initializer_list<float> places) {
  cv::Mat frame = draw_background(kFrame);
  for (float x : places) draw_face(frame, {.center = {x, 0.5f}, .width = 0.16f});
  return frame;
}

TEST(FaceTracker, MatchesMediaPipeOnDrawnFrames) {
  const auto expected = reference().at("drawn");
  const char *folder = std::getenv("HYPERLIPS_WRITE_FRAMES");
  TimedTracker tracker({});
  for (int i = 0; i <= 20; ++i) {
    SCOPED_TRACE(i);
    const cv::Mat frame = drawn_frame(i);
    if (folder) {
      std::array<char, 16> name{};
      std::snprintf(name.data(), name.size(), "%03d.png", i);
      cv::imwrite(std::filesystem::path(folder) / name.data(), frame);
    }
    const auto faces = tracker.next(view_of(frame));
    ASSERT_EQ(faces.size(), 1u);
    EXPECT_EQ(faces[0].track_id, 0);
    EXPECT_GT(faces[0].confidence, 0.9f);
    EXPECT_EQ(faces[0].box, bounding_box(faces[0].landmarks));
    const auto points = expected.find(std::to_string(i));
    if (points != expected.end()) {
      EXPECT_LE(deviation(faces[0], *points), 0.5);
    }
  }
}

TEST(FaceTracker, MatchesMediaPipeOnRealFrames) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "reference data (HYPERLIPS_SHARED) not found";
  const auto root = *shared / "parity/landmarks/frames";
  const auto expected = reference().at("real");
  EXPECT_EQ(expected.size(), 8u);
  for (const auto &[name, points] : expected.items()) {
    SCOPED_TRACE(name);
    const cv::Mat frame = cv::imread(root / (name + ".png"));
    ASSERT_FALSE(frame.empty());
    TimedTracker tracker({});
    std::vector<Face> faces;
    for (int i = 0; i < 3; ++i) faces = tracker.next(view_of(frame));
    ASSERT_EQ(faces.size(), 1u);
    const double worst = deviation(faces[0], points);
    EXPECT_LE(worst, 0.5);
    std::cout << name << ": at most " << worst << " px\n";
  }
}

TEST(FaceTracker, MultipleFacesKeepIds) {
  TimedTracker tracker({.max_faces = 3});
  const auto first = tracker.next(view_of(faces_at({0.2f, 0.5f, 0.8f})));
  ASSERT_EQ(ids(first), (Ids{0, 1, 2}));
  for (int i = 1; i < 12; ++i) {
    const float step = 0.008f * static_cast<float>(i);
    const auto faces = tracker.next(view_of(faces_at({0.2f - step, 0.5f + step / 2, 0.8f + step})));
    ASSERT_EQ(ids(faces), (Ids{0, 1, 2}));
    for (std::size_t k = 0; k < 3; ++k)
      EXPECT_LT(std::abs(faces[k].box.center().x - first[k].box.center().x), 80);
  }
}

TEST(FaceTracker, MaxFacesLimit) {
  TimedTracker tracker({.max_faces = 2});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(tracker.next(view_of(faces_at({0.2f, 0.5f, 0.8f}))).size(), 2u);
}

TEST(FaceTracker, KeepsIdWithinLostTime) {
  TimedTracker tracker({.lost_time = 0.16});
  const cv::Mat shown = faces_at({0.3f}), hidden = faces_at({});
  EXPECT_EQ(ids(tracker.next(view_of(shown))), Ids{0});
  for (int length : {1, 4}) {
    for (int i = 0; i < length; ++i) EXPECT_TRUE(tracker.next(view_of(hidden)).empty());
    EXPECT_EQ(ids(tracker.next(view_of(shown))), Ids{0});
  }
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(tracker.next(view_of(hidden)).empty());
  EXPECT_EQ(ids(tracker.next(view_of(shown))), Ids{1});
}

TEST(FaceTracker, NewIdAtDistantPosition) {
  TimedTracker tracker({});
  EXPECT_EQ(ids(tracker.next(view_of(faces_at({0.2f})))), Ids{0});
  EXPECT_EQ(ids(tracker.next(view_of(faces_at({0.8f})))), Ids{1});
}

TEST(FaceTracker, DetectsNewFaceWithinInterval) {
  TimedTracker eager({.max_faces = 2, .detect_interval = 5});
  TimedTracker lazy({.max_faces = 2, .detect_interval = 0});
  for (TimedTracker *tracker : {&eager, &lazy}) tracker->next(view_of(faces_at({0.2f})));
  const cv::Mat both = faces_at({0.2f, 0.7f});
  std::vector<Face> found, not_found;
  for (int i = 0; i < 5; ++i) {
    found = eager.next(view_of(both));
    not_found = lazy.next(view_of(both));
  }
  EXPECT_EQ(ids(found), (Ids{0, 1}));
  EXPECT_EQ(ids(not_found), Ids{0});
  EXPECT_EQ(ids(lazy.next(view_of(faces_at({0.7f})))), Ids{1});
}

TEST(FaceTracker, DetectsReplacementOfLostFace) {
  TimedTracker tracker({.max_faces = 2, .detect_interval = 100});
  EXPECT_EQ(ids(tracker.next(view_of(faces_at({0.2f, 0.5f})))), (Ids{0, 1}));
  EXPECT_EQ(ids(tracker.next(view_of(faces_at({0.2f, 0.85f})))), (Ids{0, 2}));
}

TEST(FaceTracker, HintsReplaceDetector) {
  const cv::Mat frame = faces_at({0.2f, 0.7f});
  const float half = 0.1f * kFrame.width;
  const cv::Point2f center(0.7f * kFrame.width, 0.5f * kFrame.height);
  const Box right{center.x - half, center.y - half, center.x + half, center.y + half};
  const Box nowhere{0, 0, 40, 40}, empty{10, 10, 10, 10};
  TimedTracker tracker({.max_faces = 2});
  EXPECT_TRUE(tracker.next(view_of(frame), std::array{nowhere, empty}).empty());
  const auto faces = tracker.next(view_of(frame), std::array{nowhere, right, right});
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_NEAR(faces[0].box.center().x, center.x, 8);
  // The mesh does not depend on the exact position of the hint.
  TimedTracker detecting({.max_faces = 2});
  detecting.next(view_of(frame));
  const auto reference = detecting.next(view_of(frame));
  const auto hinted = tracker.next(view_of(frame), std::array{right});
  ASSERT_EQ(reference.size(), 2u);
  const bool first = std::abs(reference[0].box.center().x - center.x) < 50;
  EXPECT_NEAR(hinted[0].landmarks[13].x, reference[first ? 0 : 1].landmarks[13].x, 1.5);
  EXPECT_NEAR(hinted[0].landmarks[13].y, reference[first ? 0 : 1].landmarks[13].y, 1.5);
}

TEST(FaceTracker, SmallFaceInFirstFrame) {
  const cv::Mat frame = draw_face({1280, 720}, {.center = {0.75f, 0.3f}, .width = 40 / 1280.0f});
  TimedTracker tracker({});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ids(tracker.next(view_of(frame))), Ids{0});
}

TEST(FaceTracker, SmallFaceInLaterFrame) {
  const cv::Size size(1280, 720);
  TimedTracker tracker({.detect_interval = 4});
  EXPECT_TRUE(tracker.next(view_of(draw_background(size))).empty());
  const cv::Mat frame = draw_face(size, {.width = 40 / 1280.0f});
  std::vector<Face> faces;
  for (int i = 0; i < 4; ++i) faces = tracker.next(view_of(frame));
  EXPECT_EQ(faces.size(), 1u);
}

TEST(FaceTracker, ResetDoesNotReuseIds) {
  TimedTracker tracker({});
  const cv::Mat frame = faces_at({0.5f});
  EXPECT_EQ(ids(tracker.next(view_of(frame))), Ids{0});
  tracker.tracker().reset();
  EXPECT_EQ(ids(tracker.next(view_of(frame))), Ids{1});
  EXPECT_EQ(ids(tracker.next(view_of(draw_face({320, 240}, {})))), Ids{2});
}

TEST(FaceTracker, FaceLeavingFrame) {
  TimedTracker tracker({});
  bool followed_half = false;
  for (int i = 0; i <= 24; ++i) {
    const float x = 0.5f - 0.03f * static_cast<float>(i);
    const auto faces = tracker.next(view_of(draw_face(kFrame, {.center = {x, 0.5f}})));
    if (i == 0) {
      EXPECT_EQ(faces.size(), 1u);
    }
    followed_half |= !faces.empty() && faces[0].box.x0 < 0;
    for (const Face &face : faces)
      for (const cv::Point3f &point : face.landmarks) ASSERT_TRUE(std::isfinite(point.x + point.y));
    if (i == 24) {
      EXPECT_TRUE(faces.empty());
    }
  }
  EXPECT_TRUE(followed_half);
}

TEST(FaceTracker, SmallestFrameSize) {
  TimedTracker tracker({});
  const cv::Mat frame = draw_face({64, 64}, {.width = 0.5f});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ids(tracker.next(view_of(frame))), Ids{0});
}

TEST(FaceTracker, RejectsOptionsOutOfRange) {
  for (const TrackerOptions &options :
       {TrackerOptions{.min_confidence = 1.5f}, TrackerOptions{.max_faces = 0},
        TrackerOptions{.detect_interval = -1}, TrackerOptions{.lost_time = -1}})
    EXPECT_THROW(Tracker{options}, Error);
}

}  // namespace
}  // namespace hyperlips
