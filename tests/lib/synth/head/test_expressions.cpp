// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "synth/head/expressions.hpp"
#include "synth/head/face_model.hpp"
#include "synth/head/head_mesh.hpp"
#include "synth/head/landmarks.hpp"

namespace hyperlips::synth {
namespace {

using namespace landmark;

using Points = std::vector<cv::Point3f>;

Points posed(const MouthPose &mouth) {
  static const Expressions expressions(kMeanFace);
  Points points(kSkinPoints);
  FacePose pose;
  pose.mouth = mouth;
  expressions.apply(pose, points);
  return points;
}

float gap(const Points &p) { return p[kLowerLipInner].y - p[kUpperLipInner].y; }
float mouth_width(const Points &p) { return p[kMouthRight].x - p[kMouthLeft].x; }
float red(const Points &p) {
  return (p[kUpperLipInner].y - p[kUpperLipOuter].y) + (p[kLowerLipOuter].y - p[kLowerLipInner].y);
}

TEST(MeanFace, SymmetricAndOfUnitWidth) {
  EXPECT_NEAR(kMeanFace[kFaceRight].x - kMeanFace[kFaceLeft].x, 1, 1e-3);
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const auto other = kMirroredLandmark[i];
    EXPECT_EQ(kMirroredLandmark[other], i);
    EXPECT_NEAR(kMeanFace[i].x, -kMeanFace[other].x, 2e-3) << i;
    EXPECT_NEAR(kMeanFace[i].y, kMeanFace[other].y, 2e-3) << i;
    EXPECT_NEAR(kMeanFace[i].z, kMeanFace[other].z, 2e-3) << i;
  }
}

TEST(MeanFace, RandomShapesKeepOrderOfFeatures) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Landmarks face = make_face_shape(seed, make_person(seed));
    EXPECT_LT(face[kUpperLidMiddle].y, face[kLowerLidMiddle].y) << seed;  // lids
    EXPECT_LT(face[kLowerLidMiddle].y, face[kNoseBase].y) << seed;        // eyes over the nose
    EXPECT_LT(face[kNoseBase].y, face[kUpperLipOuter].y) << seed;         // over the mouth
    EXPECT_LT(face[kLowerLipOuter].y, face[kChin].y) << seed;             // over the chin
    EXPECT_LT(face[kNoseTip].z, face[kBetweenBrows].z) << seed;           // the nose stands out
    EXPECT_LT(face[kMouthLeft].x, face[kMouthRight].x) << seed;
    const float width = face[kFaceRight].x - face[kFaceLeft].x;
    EXPECT_TRUE(width > 0.85f && width < 1.2f) << seed << ": " << width;
  }
}

TEST(Expressions, LipGapEqualsOpening) {
  for (float opening : {0.f, 0.02f, 0.1f, 0.3f}) {
    for (float jaw : {0.f, 0.4f, 1.f}) {
      EXPECT_NEAR(gap(posed({.opening = opening, .jaw = jaw})), opening, 1e-4);
      EXPECT_NEAR(
          gap(posed(
              {.opening = opening, .jaw = jaw, .width = 0.5f, .rounding = 0.5f, .upper_raise = 1})),
          opening, 1e-4);
    }
  }
}

TEST(Expressions, EachParameterMovesItsFeature) {
  const Points rest = posed({});
  const Points jaw = posed({.jaw = 1});
  EXPECT_NEAR(jaw[kChin].y - rest[kChin].y, 0.13f, 0.02f);  // the chin sinks
  EXPECT_NEAR(jaw[kNoseTip].y, rest[kNoseTip].y, 1e-3f);    // the nose does not
  EXPECT_GT(mouth_width(posed({.width = 1})), mouth_width(rest) + 0.05f);
  EXPECT_LT(mouth_width(posed({.width = -1})), mouth_width(rest) - 0.05f);
  const Points round = posed({.rounding = 1});
  EXPECT_LT(round[kUpperLipInner].z, rest[kUpperLipInner].z - 0.03f);
  EXPECT_LT(mouth_width(round), mouth_width(rest));
  EXPECT_LT(red(posed({.press = 1})), 0.75f * red(rest));
  const Points tucked = posed({.lip_to_teeth = 1});
  EXPECT_GT(tucked[kLowerLipInner].z, rest[kLowerLipInner].z + 0.02f);
  EXPECT_NEAR(tucked[kUpperLipInner].z, rest[kUpperLipInner].z, 1e-3f);
  EXPECT_LT(posed({.opening = 0.05f, .upper_raise = 1})[kUpperLipInner].y,
            posed({.opening = 0.05f})[kUpperLipInner].y - 0.01f);
}

TEST(Expressions, NeighborsMoveTogether) {
  // Neighboring points have similar displacements.
  const Points rest = posed({});
  const Points wide = posed({.opening = 0.3f, .jaw = 1, .width = 0.5f});
  const auto &neighbors = face_neighbors();
  for (std::size_t i = 0; i < kSkinPoints; ++i) {
    const cv::Point3f moved = wide[i] - rest[i];
    for (auto n : neighbors[i]) {
      const cv::Point3f apart = moved - (wide[n] - rest[n]);
      EXPECT_LT(std::sqrt(apart.dot(apart)), 0.16f) << i << " and " << n;
    }
  }
}

}  // namespace
}  // namespace hyperlips::synth
