// SPDX-License-Identifier: LGPL-2.1-or-later
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "common/drawn_face.hpp"
#include "common/fixtures.hpp"
#include "common/temporary_folder.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/mesh.hpp"
#include "hyperlips/face/overlap.hpp"

namespace hyperlips {
namespace {

float eye_distance(const Landmarks &face) {
  return std::hypot(face[263].x - face[33].x, face[263].y - face[33].y);
}

/// The box of the drawn face's skin.
Box skin_box(cv::Size frame, const DrawnFace &face) {
  const float width = face.width * frame.width;
  const float x = face.center.x * frame.width, y = face.center.y * frame.height;
  return {x - 0.5f * width, y - 0.4f * width, x + 0.5f * width, y + 0.65f * width};
}

TEST(FaceDetector, MatchesMediaPipeOnRealFrames) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "reference data (HYPERLIPS_SHARED) not found";
  const auto root = *shared / "parity/landmarks";
  Detector detector;
  FaceMesh mesh;
  int frames = 0;
  for (const std::string name : {"video1", "video2", "test1"}) {
    const auto json = nlohmann::json::parse(std::ifstream(root / (name + ".json")));
    for (const auto &reference : json.at("frames")) {
      const int index = reference.at("index");
      const auto file = root / "frames" / (name + "_" + std::to_string(index) + ".png");
      if (!std::filesystem::exists(file)) continue;
      SCOPED_TRACE(file);
      const cv::Mat picture = cv::imread(file.string());
      const auto faces = detector.detect(view_of(picture));
      ASSERT_EQ(faces.size(), 1u);
      const MeshResult result = mesh.run(view_of(picture), mesh_region(faces[0]));
      EXPECT_GT(result.presence, 0.9f);
      const auto &points = reference.at("landmarks");
      ASSERT_EQ(points.size(), kLandmarks);
      double worst = 0;
      for (std::size_t i = 0; i < kLandmarks; ++i)
        worst = std::max(worst, std::hypot(result.landmarks[i].x - points[i][0].get<double>(),
                                           result.landmarks[i].y - points[i][1].get<double>()));
      EXPECT_LE(worst, 0.1);
      std::cout << file.filename() << ": at most " << worst << " px\n";
      ++frames;
    }
  }
  EXPECT_EQ(frames, 8);
}

TEST(FaceDetector, DetectsSmallRealFaces) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "reference data (HYPERLIPS_SHARED) not found";
  const auto file = *shared / "parity/landmarks/frames/video1_0.png";
  const cv::Mat picture = cv::imread(file.string());
  Detector detector;
  FaceMesh mesh;
  const auto full = detector.detect(view_of(picture));
  ASSERT_EQ(full.size(), 1u);
  const Box face = bounding_box(mesh.run(view_of(picture), mesh_region(full[0])).landmarks);
  for (float width : {40.0f, 70.0f, 95.0f})
    for (const cv::Point2f place : {cv::Point2f(0.3f, 0.3f), {0.72f, 0.57f}, {0.19f, 0.47f}}) {
      SCOPED_TRACE(std::to_string(width) + " px at " + std::to_string(place.x));
      const float scale = width / face.width();
      cv::Mat small, frame = draw_background({1280, 720});
      cv::resize(picture, small, {}, scale, scale, cv::INTER_AREA);
      const cv::Point2f center(place.x * 1280, place.y * 720);
      const cv::Rect target(cv::Point(center - scale * face.center()), small.size());
      const cv::Rect visible = target & cv::Rect({}, frame.size());
      small(visible - target.tl()).copyTo(frame(visible));
      const auto faces = detector.detect(view_of(frame));
      ASSERT_FALSE(faces.empty());
      const MeshResult result = mesh.run(view_of(frame), mesh_region(faces[0]));
      EXPECT_GT(result.presence, 0.5f);
      const Box box = bounding_box(result.landmarks);
      EXPECT_NEAR(box.width(), width, 0.2f * width);
      EXPECT_NEAR(box.center().x, center.x, 0.15f * width);
      EXPECT_NEAR(box.center().y, center.y, 0.15f * width);
    }
}

struct Case {
  cv::Size frame;
  DrawnFace face;
};

class DrawnFaces : public ::testing::TestWithParam<Case> {};

TEST_P(DrawnFaces, DetectedWithLandmarks) {
  const auto &[size, face] = GetParam();
  const cv::Mat frame = draw_face(size, face);
  Detector detector;
  const auto faces = detector.detect(view_of(frame));
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_GT(faces[0].score, 0.5f);
  FaceMesh mesh;
  const MeshResult result = mesh.run(view_of(frame), mesh_region(faces[0]));
  EXPECT_GT(result.presence, 0.9f);
  const float width = face.width * size.width;
  if (face.rotation == 0) {
    EXPECT_GT(overlap(bounding_box(result.landmarks), skin_box(size, face)), 0.8f);
  }
  EXPECT_NEAR(eye_distance(result.landmarks), 0.63f * width, 0.1f * width);
  const cv::Point3f eyes = result.landmarks[263] - result.landmarks[33];
  EXPECT_NEAR(std::atan2(eyes.y, eyes.x) * 180 / CV_PI, face.rotation, 4);
  const cv::Point3f gap = result.landmarks[14] - result.landmarks[13];
  EXPECT_NEAR(std::hypot(gap.x, gap.y) / width, 0.19f * face.mouth, 0.05f);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, DrawnFaces,
    ::testing::Values(Case{{480, 480}, {}}, Case{{640, 360}, {.mouth = 1}},
                      Case{{64, 64}, {.width = 0.5f}}, Case{{360, 640}, {.width = 0.5f}},
                      Case{{1280, 720}, {.center = {0.3f, 0.6f}, .width = 0.12f}},
                      Case{{1920, 1080}, {.width = 0.4f, .mouth = 0.5f}}));
INSTANTIATE_TEST_SUITE_P(
    Looks, DrawnFaces,
    ::testing::Values(Case{{480, 480}, {.rotation = 25}}, Case{{480, 480}, {.rotation = -40}},
                      Case{{480, 480}, {.skin = {40, 60, 95}, .hair = {20, 20, 22}}},
                      Case{{480, 480}, {.skin = {180, 200, 235}, .hair = {90, 140, 190}}}));
// The smallest supported face: 40 of 1280 pixels, at any position.
INSTANTIATE_TEST_SUITE_P(
    Small, DrawnFaces,
    ::testing::Values(Case{{1280, 720}, {.width = 40 / 1280.0f}},
                      Case{{1280, 720}, {.center = {0.2f, 0.75f}, .width = 40 / 1280.0f}},
                      Case{{1280, 720}, {.center = {0.93f, 0.15f}, .width = 48 / 1280.0f}},
                      Case{{1280, 720}, {.center = {0.64f, 0.4f}, .width = 64 / 1280.0f}},
                      Case{{1280, 720}, {.center = {0.43f, 0.52f}, .width = 90 / 1280.0f}},
                      Case{{720, 1280}, {.center = {0.5f, 0.3f}, .width = 40 / 720.0f}}));

TEST(FaceDetector, NoFaceOnBackground) {
  Detector detector;
  for (cv::Size size : {cv::Size(64, 64), cv::Size(1280, 720)})
    EXPECT_TRUE(detector.detect(view_of(draw_background(size))).empty());
  EXPECT_TRUE(detector.detect(view_of(cv::Mat(480, 640, CV_8UC3, cv::Scalar(0)))).empty());
}

TEST(FaceDetector, SearchesTilesOnlyIfThorough) {
  const cv::Mat frame = draw_face({1280, 720}, {.width = 40 / 1280.0f});
  EXPECT_TRUE(Detector().detect(view_of(frame), 0.5f, false).empty());
}

TEST(FaceDetector, MultipleFacesBestFirst) {
  cv::Mat frame = draw_background({1280, 720});
  for (float x : {0.2f, 0.5f, 0.8f}) draw_face(frame, {.center = {x, 0.5f}, .width = 0.14f});
  const auto faces = Detector().detect(view_of(frame));
  ASSERT_EQ(faces.size(), 3u);
  EXPECT_GE(faces[0].score, faces[1].score);
  EXPECT_GE(faces[1].score, faces[2].score);
}

TEST(FaceDetector, RotatedFrame) {
  const DrawnFace face{.center = {0.5f, 0.35f}, .width = 0.4f};
  const cv::Mat upright = draw_face({480, 640}, face);
  cv::Mat stored;
  cv::rotate(upright, stored, cv::ROTATE_90_COUNTERCLOCKWISE);
  FrameView view = view_of(stored);
  view.orientation = Orientation::Rotate90;
  Detector detector;
  FaceMesh mesh;
  const auto faces = detector.detect(view);
  ASSERT_EQ(faces.size(), 1u);
  const MeshResult turned = mesh.run(view, mesh_region(faces[0]));
  const auto plain_faces = detector.detect(view_of(upright));
  ASSERT_EQ(plain_faces.size(), 1u);
  const MeshResult plain = mesh.run(view_of(upright), mesh_region(plain_faces[0]));
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    EXPECT_NEAR(turned.landmarks[i].x, plain.landmarks[i].x, 0.1);
    EXPECT_NEAR(turned.landmarks[i].y, plain.landmarks[i].y, 0.1);
  }
}

TEST(FaceDetector, PlanarFrame) {
  const cv::Mat bgr = draw_face({640, 360}, {});
  cv::Mat planes;
  cv::cvtColor(bgr, planes, cv::COLOR_BGR2YUV_I420);
  FrameView view;
  view.format = PixelFormat::I420;
  view.stored_width = 640;
  view.stored_height = 360;
  view.planes = {
      {{planes.data, 640}, {planes.data + 640 * 360, 320}, {planes.data + 640 * 360 * 5 / 4, 320}}};
  Detector detector;
  FaceMesh mesh;
  const auto faces = detector.detect(view), expected = detector.detect(view_of(bgr));
  ASSERT_EQ(faces.size(), 1u);
  ASSERT_EQ(expected.size(), 1u);
  const MeshResult a = mesh.run(view, mesh_region(faces[0]));
  const MeshResult b = mesh.run(view_of(bgr), mesh_region(expected[0]));
  EXPECT_GT(a.presence, 0.9f);
  for (std::size_t i = 0; i < kLandmarks; ++i)
    EXPECT_LT(std::hypot(a.landmarks[i].x - b.landmarks[i].x, a.landmarks[i].y - b.landmarks[i].y),
              2);
}

TEST(FaceMesh, LowPresenceWithoutFace) {
  const cv::Mat frame = draw_background({320, 240});
  EXPECT_LT(FaceMesh().run(view_of(frame), {{160, 120}, 150, 0}).presence, 0.1f);
}

TEST(FaceMesh, RegionsOutsideFrame) {
  const cv::Mat frame = draw_face({320, 240}, {.center = {0.02f, 0.5f}});
  FaceMesh mesh;
  for (const MeshRegion &region : {MeshRegion{{0, 120}, 150, 0.3f}, MeshRegion{{-900, 9000}, 50, 0},
                                   MeshRegion{{160, 120}, 1e5f, 0}, MeshRegion{{9, 9}, 0, 0}})
    for (const cv::Point3f &point : mesh.run(view_of(frame), region).landmarks)
      EXPECT_TRUE(std::isfinite(point.x) && std::isfinite(point.y) && std::isfinite(point.z));
}

TEST(FaceModels, ErrorsNameFolder) {
  const test::TemporaryFolder folder;
  try {
    Detector detector(folder.path());
    FAIL() << "opened a detector without a model";
  } catch (const Error &error) {
    EXPECT_EQ(error.kind(), ErrorKind::NotFound);
    EXPECT_NE(std::string(error.what()).find(folder.path().string()), std::string::npos);
  }
  const std::pair<const char *, const char *> damaged[] = {
      {"\x08\x07not a network", "OpenVINO"},
      {"<!DOCTYPE html>", "web page"},
      {"version https://git-lfs.github.com/spec/v1\n", "Git LFS"},
      {"", "empty"}};
  for (const auto &[content, part] : damaged) {
    test::write_bytes(folder / "face_detection.onnx", content);
    try {
      Detector detector(folder.path());
      FAIL() << "opened a damaged model";
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Format);
      const std::string message = error.what();
      EXPECT_NE(message.find(part), std::string::npos) << message;
      EXPECT_NE(message.find((folder / "face_detection.onnx").string()), std::string::npos);
    }
  }
}

/// The faces that are found in a picture, and their landmarks.
std::vector<Landmarks> landmarks_of_faces(const cv::Mat &picture) {
  Detector detector;
  FaceMesh mesh;
  std::vector<Landmarks> found;
  for (const Detection &face : detector.detect(view_of(picture)))
    found.push_back(mesh.run(view_of(picture), mesh_region(face)).landmarks);
  return found;
}

TEST(FaceModels, ThreadsDoNotMixTheirPictures) {
  const std::array<cv::Mat, 2> pictures{draw_face({640, 360}, {}),
                                        draw_face({640, 360}, {.center = {0.3f, 0.5f}})};
  std::array<std::vector<Landmarks>, 2> alone;
  for (int i = 0; i < 2; ++i) alone[i] = landmarks_of_faces(pictures[i]);
  ASSERT_EQ(alone[0].size(), 1u);
  ASSERT_EQ(alone[1].size(), 1u);
  ASSERT_NE(alone[0], alone[1]);
  std::array<int, 2> same{};
  std::array<std::thread, 2> threads;
  for (int i = 0; i < 2; ++i)
    threads[i] = std::thread([&, i] {
      for (int n = 0; n < 5; ++n) same[i] += landmarks_of_faces(pictures[i]) == alone[i];
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(same, (std::array{5, 5}));
}

}  // namespace
}  // namespace hyperlips
