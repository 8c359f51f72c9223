// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/head_pose.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "common/talking_bank.hpp"
#include "hyperlips/own_mouths/mouth_shape.hpp"

using namespace hyperlips;

namespace {

Landmarks head() {
  static const Landmarks landmarks = test::PosedHead(120).draw({}).face.landmarks;
  return landmarks;
}

/// Rotation about the y axis, then the x axis, then the z axis.
cv::Matx33f turned(float yaw, float pitch, float roll) {
  const cv::Matx33f y(std::cos(yaw), 0, -std::sin(yaw), 0, 1, 0, std::sin(yaw), 0, std::cos(yaw));
  const cv::Matx33f x(1, 0, 0, 0, std::cos(pitch), -std::sin(pitch), 0, std::sin(pitch),
                      std::cos(pitch));
  const cv::Matx33f z(std::cos(roll), -std::sin(roll), 0, std::sin(roll), std::cos(roll), 0, 0, 0,
                      1);
  return z * x * y;
}

}  // namespace

TEST(HeadPose, RecoversRotationSizeAndPosition) {
  for (const auto &[yaw, pitch, roll] :
       {std::array{0.0f, 0.0f, 0.0f}, {0.4f, 0.0f, 0.0f}, {-0.3f, 0.2f, 0.5f}}) {
    HeadPose truth;
    truth.rotation = turned(yaw, pitch, roll);
    truth.scale = 1.7f;
    truth.shift = {40, -12, 3};
    Landmarks moved;
    for (std::size_t i = 0; i < kLandmarks; ++i) moved[i] = truth.to_frame(head()[i]);
    const HeadPose found = fit_head(moved, head());
    EXPECT_NEAR(found.scale, truth.scale, 1e-3f);
    EXPECT_NEAR(found.shift.x, truth.shift.x, 0.05f);
    EXPECT_NEAR(found.shift.y, truth.shift.y, 0.05f);
    for (int i = 0; i < 9; ++i) EXPECT_NEAR(found.rotation.val[i], truth.rotation.val[i], 1e-3f);
    const cv::Point3f there_and_back = found.to_head(found.to_frame({5, 6, 7}));
    EXPECT_LT(cv::norm(there_and_back - cv::Point3f(5, 6, 7)), 1e-3);
  }
}

TEST(HeadPose, AnglesFollowTheTurnOfASyntheticHead) {
  test::PosedHead person(120);
  const Landmarks front = person.draw({}).face.landmarks;
  FacePose right, down;
  right.yaw = 0.3f;
  down.pitch = 0.2f;
  const HeadPose to_right = fit_head(person.draw(right).face.landmarks, front);
  const HeadPose to_down = fit_head(person.draw(down).face.landmarks, front);
  EXPECT_NEAR(to_right.angles().yaw, 0.3f, 0.05f);
  EXPECT_NEAR(to_right.angles().pitch, 0, 0.05f);
  EXPECT_NEAR(to_down.angles().pitch, 0.2f, 0.05f);
  EXPECT_NEAR(to_down.angles().yaw, 0, 0.05f);
}

// What the crop of the published system did wrong: the mouth must not move the head.
TEST(HeadPose, IgnoresTheMouth) {
  test::PosedHead person(120);
  const Landmarks closed = person.draw({}).face.landmarks;
  FacePose open;
  open.mouth.opening = 0.25f;
  open.mouth.jaw = 0.8f;
  const HeadPose pose = fit_head(person.draw(open).face.landmarks, closed);
  EXPECT_NEAR(pose.scale, 1, 0.005f);
  EXPECT_NEAR(pose.angles().pitch, 0, 0.01f);
  EXPECT_NEAR(pose.angles().yaw, 0, 0.01f);
}

TEST(MouthShape, SameInEveryPose) {
  test::PosedHead person(160);
  FacePose pose;
  pose.mouth.opening = 0.1f;
  const Landmarks front = person.draw(pose).face.landmarks;
  const MouthShape expected = mouth_shape(in_head(front, fit_head(front, front)));
  pose.yaw = 0.25f;
  pose.roll = 0.3f;
  const Landmarks turned = person.draw(pose).face.landmarks;
  const MouthShape found = mouth_shape(in_head(turned, fit_head(turned, front)));
  for (std::size_t k = 0; k < kShapeValues; ++k)
    EXPECT_NEAR(found.values()[k], expected.values()[k], 0.06f * expected.values()[k] + 0.5f)
        << "value " << k;
  EXPECT_GT(expected.opening, 5);  // pixels
}
