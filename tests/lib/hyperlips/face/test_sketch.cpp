// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mesh_topology.hpp"
#include "hyperlips/face/sketch.hpp"

namespace hyperlips {
namespace {

const cv::Size kFrame{640, 360};  // of the drawn frames in tests/data/face

std::filesystem::path data_dir() {
  const char *data = std::getenv("HYPERLIPS_TEST_DATA");
  return std::filesystem::path(data ? data : "") / "face";
}

Landmarks drawn_landmarks() {
  const auto json = nlohmann::json::parse(std::ifstream(data_dir() / "tracking.json"));
  const auto &points = json.at("drawn").at("0");
  Landmarks landmarks;
  for (std::size_t i = 0; i < landmarks.size(); ++i)
    landmarks[i] = {points.at(i).at(0), points.at(i).at(1), 0};
  return landmarks;
}

TEST(Sketch, EqualsTheOneThatMediaPipeDraws) {
  const cv::Mat expected = cv::imread((data_dir() / "sketch.png").string(), cv::IMREAD_GRAYSCALE);
  ASSERT_FALSE(expected.empty());
  const Affine stretch{{128.0 / kFrame.width, 0, 0, 0, 128.0 / kFrame.height, 0}};
  const cv::Mat sketch = draw_sketch(drawn_landmarks(), stretch);
  ASSERT_EQ(sketch.type(), CV_8UC1);
  EXPECT_EQ(cv::countNonZero(sketch != expected), 0);
}

TEST(Sketch, IsBlackAndWhiteAndFillsTheCrop) {
  const Landmarks landmarks = drawn_landmarks();
  const cv::Mat sketch = draw_sketch(landmarks, crop_to_frame(bounding_box(landmarks)).inverse());
  const int white = cv::countNonZero(sketch == 255);
  EXPECT_EQ(white, cv::countNonZero(sketch));
  EXPECT_GT(white, 128 * 128 / 8);
  EXPECT_LT(white, 128 * 128 / 2);
  EXPECT_EQ(sketch.at<std::uint8_t>(20, 64), 0);  // the forehead has no line
}

TEST(Sketch, LeavesOutLinesThatEndOutside) {
  Landmarks landmarks{};
  landmarks.fill({-1, 50, 0});
  EXPECT_EQ(cv::countNonZero(draw_sketch(landmarks, {})), 0);
  landmarks.fill({64, 128, 0});
  EXPECT_EQ(cv::countNonZero(draw_sketch(landmarks, {})), 0);
  landmarks.fill({64, 127.9f, 0});
  EXPECT_GT(cv::countNonZero(draw_sketch(landmarks, {})), 0);
}

TEST(MeshTopology, EqualsThePublishedLines) {
  const char *shared = std::getenv("HYPERLIPS_SHARED");
  const auto file = std::filesystem::path(shared ? shared : "") / "spec/facemesh.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file;
  const auto json = nlohmann::json::parse(std::ifstream(file));
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
