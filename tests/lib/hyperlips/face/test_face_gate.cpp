// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>

#include <gtest/gtest.h>

#include "hyperlips/face/face_gate.hpp"
#include "hyperlips/face/head_angles.hpp"
#include "hyperlips/face/tracker.hpp"
#include "hyperlips/synth/talking_head.hpp"
#include "synth/render/head_transform.hpp"

namespace hyperlips {
namespace {

using Reason = FaceGate::Reason;

constexpr float kDegree = float(CV_PI) / 180;

/// A synthetic head, turned by true angles in degrees.
class TurnedHead {
 public:
  explicit TurnedHead(std::uint64_t seed)
      : head_({.seed = seed, .frame = kSize}), view_(synth::make_view(seed, kSize)) {}

  Landmarks truth(float yaw, float pitch) {
    FacePose pose;
    pose.yaw = yaw * kDegree - view_.yaw;
    pose.pitch = pitch * kDegree - view_.pitch;
    synth::HeadTruth truth;
    head_.draw(pose, 0, picture_, &truth);
    return truth.landmarks;
  }
  const cv::Mat &picture() const { return picture_; }

 private:
  static inline const cv::Size kSize{320, 320};
  synth::TalkingHead head_;
  synth::View view_;
  cv::Mat picture_;
};

TEST(HeadAngles, TrueLandmarks) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    TurnedHead head(seed);
    for (const float angle : {-60.0f, -20.0f, 0.0f, 35.0f, 70.0f}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << angle << " degrees");
      EXPECT_NEAR(head_angles(head.truth(angle, 0)).yaw / kDegree, angle, 6);
      EXPECT_NEAR(head_angles(head.truth(0, angle / 2)).pitch / kDegree, angle / 2, 8);
    }
  }
}

TEST(FaceGate, TurnedHeadsOfTheMesh) {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    for (const float side : {-1.0f, 1.0f}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", side " << side);
      TurnedHead head(seed);
      Tracker tracker({});
      FaceGate gate;
      double time = 0;
      for (float yaw = 0; yaw <= 64; yaw += 4) {
        head.truth(side * yaw, 0);
        const auto faces = tracker.track(view_of(head.picture()), time += 0.04);
        if (faces.empty()) {
          // Nor is a profile found.
          EXPECT_GT(yaw, 55);
          break;
        }
        const Reason reason = gate.check(faces[0], {});
        if (yaw <= 40) {
          EXPECT_EQ(reason, Reason::None) << yaw;
        }
        if (yaw >= 60) {
          EXPECT_EQ(reason, Reason::Turned) << yaw;
        }
      }
    }
  }
}

TEST(FaceGate, HysteresisOfAngles) {
  TurnedHead head(2);
  FaceGate gate;
  Face face;
  const FaceLimits limits{.max_yaw = 50, .min_size = 0};
  const auto check = [&](float yaw, float pitch = 0) {
    // As the mesh sees it.
    face.landmarks = head.truth(0.9f * yaw, pitch);
    face.box = bounding_box(face.landmarks);
    return gate.check(face, limits);
  };
  EXPECT_EQ(check(0), Reason::None);
  EXPECT_EQ(check(46), Reason::None);
  EXPECT_EQ(check(56), Reason::Turned);
  EXPECT_EQ(check(48), Reason::Turned);
  EXPECT_EQ(check(40), Reason::None);
  EXPECT_EQ(check(48), Reason::None);
  EXPECT_EQ(check(-56), Reason::Turned);
  gate.reset();
  EXPECT_EQ(check(-47), Reason::None);
  EXPECT_EQ(check(0, 54), Reason::Turned);
  EXPECT_EQ(check(0, 30), Reason::None);
  EXPECT_EQ(gate.check(face, {.max_yaw = 90, .min_size = 0, .max_pitch = 90}), Reason::None);
}

TEST(FaceGate, HysteresisOfSize) {
  TurnedHead head(2);
  FaceGate gate;
  Face face;
  face.landmarks = head.truth(0, 0);
  const auto check = [&](float size, std::int64_t track = 0) {
    face.track_id = track;
    face.box = {10, 10, 10 + 0.8f * size, 10 + size};
    return gate.check(face, {});
  };
  EXPECT_EQ(check(48), Reason::None);
  EXPECT_EQ(check(47), Reason::Small);
  EXPECT_EQ(check(52), Reason::Small);
  EXPECT_EQ(check(52, 1), Reason::None);
  EXPECT_EQ(check(53), Reason::None);
  EXPECT_EQ(check(49), Reason::None);
  EXPECT_STREQ(to_string(Reason::Small), "small");
}

}  // namespace
}  // namespace hyperlips
