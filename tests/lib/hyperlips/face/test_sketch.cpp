// SPDX-License-Identifier: LGPL-2.1-or-later
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "common/fixtures.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mesh_topology.hpp"
#include "hyperlips/face/sketch.hpp"

namespace hyperlips {
namespace {

const cv::Size kFrame{640, 360};  // of the drawn frames in tests/data/face

Landmarks drawn_landmarks() {
  const auto json = nlohmann::json::parse(std::ifstream(test::data_file("face/tracking.json")));
  const auto &points = json.at("drawn").at("0");
  Landmarks landmarks;
  for (std::size_t i = 0; i < landmarks.size(); ++i)
    landmarks[i] = {points.at(i).at(0), points.at(i).at(1), 0};
  return landmarks;
}

TEST(Sketch, MatchesMediaPipe) {
  const cv::Mat expected = cv::imread(test::data_file("face/sketch.png"), cv::IMREAD_GRAYSCALE);
  ASSERT_FALSE(expected.empty());
  const Affine stretch{{128.0 / kFrame.width, 0, 0, 0, 128.0 / kFrame.height, 0}};
  const cv::Mat sketch = draw_sketch(drawn_landmarks(), stretch);
  ASSERT_EQ(sketch.type(), CV_8UC1);
  EXPECT_EQ(cv::countNonZero(sketch != expected), 0);
}

TEST(Sketch, BlackAndWhite) {
  const Landmarks landmarks = drawn_landmarks();
  const cv::Mat sketch = draw_sketch(landmarks, crop_to_frame(bounding_box(landmarks)).inverse());
  const int white = cv::countNonZero(sketch == 255);
  EXPECT_EQ(white, cv::countNonZero(sketch));
  EXPECT_GT(white, 128 * 128 / 8);
  EXPECT_LT(white, 128 * 128 / 2);
  EXPECT_EQ(sketch.at<std::uint8_t>(20, 64), 0);  // the forehead has no line
}

/// Pixels of the sketch that change from one frame to the next, on average.
double flicker(const std::vector<Landmarks> &frames, bool steady) {
  SteadyLandmarks filter;
  cv::Mat last;
  int changed = 0;
  for (const Landmarks &landmarks : frames) {
    const cv::Mat sketch = draw_sketch(steady ? filter.next(landmarks) : landmarks, {});
    if (!last.empty()) changed += cv::countNonZero(sketch != last);
    last = sketch;
  }
  return double(changed) / double(frames.size() - 1);
}

TEST(SteadyLandmarks, SketchOfAHeadAtRestDoesNotFlicker) {
  const Landmarks drawn = drawn_landmarks();
  const Landmarks rest = mapped(drawn, crop_to_frame(bounding_box(drawn)).inverse());
  cv::RNG random(3);
  std::vector<Landmarks> noisy(50, rest);
  for (Landmarks &frame : noisy) {
    for (auto &point : frame) {
      point.x += float(random.gaussian(0.25));
      point.y += float(random.gaussian(0.25));
    }
  }
  EXPECT_GT(flicker(noisy, false), 100);
  EXPECT_LT(flicker(noisy, true), 0.1 * flicker(noisy, false));
}

TEST(SteadyLandmarks, FollowsFastMouths) {
  SteadyLandmarks filter;
  Landmarks landmarks{};
  for (int i = 0; i < 100; ++i) {
    // A lip that opens and closes by 8 pixels, five times a second.
    landmarks[14] = {64, 90 + 8 * std::sin(float(i) * 1.26f), 0};
    const cv::Point3f way = filter.next(landmarks)[14] - landmarks[14];
    EXPECT_LE(std::hypot(way.x, way.y), SteadyLandmarks::kDeadZone + 1e-4f);
  }
}

TEST(Sketch, OmitsLinesEndingOutside) {
  Landmarks landmarks{};
  landmarks.fill({-1, 50, 0});
  EXPECT_EQ(cv::countNonZero(draw_sketch(landmarks, {})), 0);
  landmarks.fill({64, 128, 0});
  EXPECT_EQ(cv::countNonZero(draw_sketch(landmarks, {})), 0);
  landmarks.fill({64, 127.9f, 0});
  EXPECT_GT(cv::countNonZero(draw_sketch(landmarks, {})), 0);
}

TEST(MeshTopology, MatchesPublishedLines) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "reference data (HYPERLIPS_SHARED) not found";
  const auto json = nlohmann::json::parse(std::ifstream(*shared / "spec/facemesh.json"));
  EXPECT_EQ(json.at("lip_mask_polygon").get<std::vector<int>>(),
            std::vector<int>(kLipMaskPolygon.begin(), kLipMaskPolygon.end()));
  std::size_t lines = 0;
  for (const auto &group : json.at("sketch_connections"))
    for (const auto &line : group) {
      const std::array<std::uint16_t, 2> expected{line[0], line[1]};
      EXPECT_NE(std::ranges::find(kSketchLines, expected), kSketchLines.end());
      ++lines;
    }
  EXPECT_EQ(lines, kSketchLines.size());
}

}  // namespace
}  // namespace hyperlips
