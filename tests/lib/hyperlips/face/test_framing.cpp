// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <iostream>
#include <vector>

#include <gtest/gtest.h>

#include "common/crop_leak.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/framing.hpp"
#include "hyperlips/synth/performance.hpp"
#include "synth/head/expressions.hpp"
#include "synth/head/face_model.hpp"
#include "synth/head/head_mesh.hpp"
#include "synth/render/head_transform.hpp"
#include "util/random.hpp"

namespace hyperlips {
namespace {

using test::aspect;
using test::eye_row;
using test::nose_tip_row;

constexpr double kFrameTime = 1 / 25.0;

/// The landmarks of a synthetic person, without drawing it.
class SynthFace {
 public:
  explicit SynthFace(std::uint64_t seed)
      : rest_(synth::make_face_shape(seed, synth::make_person(seed))),
        expressions_(rest_),
        view_(synth::make_view(seed, {640, 480})) {}

  Landmarks landmarks(const FacePose &pose) const {
    Landmarks face = rest_;
    expressions_.apply(pose, std::span(face).first(synth::kSkinPoints));
    const synth::HeadTransform move(view_, pose);
    for (cv::Point3f &p : face) {
      p = move(p);
      const cv::Point2f at = view_.project(p);
      p = {at.x, at.y, p.z * view_.scale};
    }
    return face;
  }

 private:
  Landmarks rest_;
  synth::Expressions expressions_;
  synth::View view_;
};

FacePose with_jaw(float jaw) {
  FacePose pose;
  pose.mouth.jaw = jaw;
  pose.mouth.opening = 0.25f * jaw;
  return pose;
}

constexpr float kWide = 0.62f;  // the jaw in an /a/

/// A person who speaks: the jaw opens and closes five times a second.
FacePose speaking(int frame) {
  return with_jaw(0.31f - 0.31f * float(std::cos(2 * CV_PI * 5 * frame * kFrameTime)));
}

TEST(Framing, NamesOfValues) {
  EXPECT_EQ(parse_framing("steady"), Framing::Steady);
  EXPECT_EQ(parse_framing("published"), Framing::Published);
  EXPECT_STREQ(to_string(Framing::Steady), "steady");
  EXPECT_STREQ(to_string(Framing::Published), "published");
  EXPECT_THROW(parse_framing("square"), Error);
}

TEST(Framing, PublishedIsTheBoundingBox) {
  const Landmarks face = SynthFace(1).landmarks(with_jaw(kWide));
  EXPECT_EQ(FaceFraming(Framing::Published).box(0, face, 0), bounding_box(face));
  EXPECT_EQ(framed_box(face, Framing::Published), bounding_box(face));
}

TEST(Framing, JawDoesNotMoveTheSteadyCrop) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const SynthFace person(seed);
    FaceFraming framing;
    for (int frame = 0; frame < 100; ++frame)
      framing.box(0, person.landmarks(speaking(frame)), frame * kFrameTime);
    const Landmarks shut = person.landmarks(with_jaw(0)), open = person.landmarks(with_jaw(kWide));
    const Box before = framing.box(0, shut, 100 * kFrameTime);
    const Box after = framing.box(0, open, 101 * kFrameTime);
    EXPECT_NEAR(nose_tip_row(open, after), nose_tip_row(shut, before), 0.2) << seed;
    EXPECT_NEAR(eye_row(open, after), eye_row(shut, before), 0.2) << seed;
    EXPECT_NEAR(aspect(after), aspect(before), 0.003) << seed;
    // What the published box does: the nose tip crosses the middle row of many people.
    const Box published = bounding_box(shut), taller = bounding_box(open);
    EXPECT_GT(nose_tip_row(shut, published) - nose_tip_row(open, taller), 3) << seed;
    EXPECT_GT(aspect(taller), 1.04 * aspect(published)) << seed;
  }
}

TEST(Framing, OpenMouthInFirstFrameChangesLittle) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const SynthFace person(seed);
    FaceFraming shut_first, open_first;
    const Box shut = shut_first.box(0, person.landmarks(with_jaw(0)), 0);
    const Box open = open_first.box(0, person.landmarks(with_jaw(kWide)), 0);
    EXPECT_NEAR(open.height() / shut.height(), 1, 0.03) << seed;  // published: 1.06 to 1.1
    Box later;
    for (int frame = 1; frame <= 150; ++frame) {
      shut_first.box(0, person.landmarks(speaking(frame)), frame * kFrameTime);
      later = open_first.box(0, person.landmarks(speaking(frame)), frame * kFrameTime);
      if (frame == 1) {
        EXPECT_NEAR(later.height() / open.height(), 1, 0.003) << seed;
      }
    }
    const Box same = shut_first.box(0, person.landmarks(with_jaw(0)), 151 * kFrameTime);
    EXPECT_NEAR(later.height() / same.height(), 1, 0.012) << seed;
  }
}

TEST(Framing, SteadyCropDoesNotPumpOrDrift) {
  const SynthFace person(3);
  FaceFraming framing;
  double least = 1e9, most = 0;
  for (int frame = 0; frame < 1500; ++frame) {
    const Box box = framing.box(0, person.landmarks(speaking(frame)), frame * kFrameTime);
    if (frame < 100) continue;
    least = std::min(least, double(box.height()));
    most = std::max(most, double(box.height()));
  }
  EXPECT_LT(most / least, 1.005);
}

TEST(Framing, RestingFaceIsLikeThePublishedCropWithRoomBelow) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Landmarks face = SynthFace(seed).landmarks(FacePose());
    const Box published = bounding_box(face), steady = framed_box(face, Framing::Steady);
    EXPECT_NEAR(steady.width() / published.width(), 1.04, 0.025) << seed;
    EXPECT_NEAR(steady.height() / published.height(), 1.08, 0.015) << seed;
    EXPECT_NEAR(eye_row(face, steady), eye_row(face, published), 2) << seed;
    EXPECT_NEAR(nose_tip_row(face, steady), nose_tip_row(face, published), 4) << seed;
    // The mouth is in the half that is hidden from the network, also if the head is raised.
    FacePose raised = with_jaw(kWide);
    raised.pitch = -0.3f;
    const Landmarks up = SynthFace(seed).landmarks(raised);
    EXPECT_GT(test::row_of(up[0], framed_box(up, Framing::Steady)), kCropSize / 2 + 3) << seed;
    // The chin of an open mouth stays inside.
    const Landmarks open = SynthFace(seed).landmarks(with_jaw(kWide));
    EXPECT_LT(test::row_of(open[152], steady), kCropSize + 4) << seed;
  }
}

TEST(Framing, FollowsTheHead) {
  const SynthFace person(5);
  FaceFraming framing;
  FacePose pose;
  const Box rest = framing.box(0, person.landmarks(pose), 0);
  for (const float yaw : {-0.6f, 0.6f}) {
    pose = {};
    pose.yaw = yaw;
    const Landmarks face = person.landmarks(pose);
    const Box box = framing.box(0, face, kFrameTime), whole = bounding_box(face);
    EXPECT_NEAR(box.x0, whole.x0, 0.06 * whole.width()) << yaw;
    EXPECT_NEAR(box.x1, whole.x1, 0.06 * whole.width()) << yaw;
    EXPECT_NEAR(box.y0, whole.y0, 0.06 * whole.height()) << yaw;
    EXPECT_NEAR(box.y1, whole.y1, 0.1 * whole.height()) << yaw;
  }
  Landmarks moved = person.landmarks(FacePose());
  for (cv::Point3f &p : moved) p = {2 * p.x + 10, 2 * p.y - 20, 2 * p.z};
  const Box larger = framing.box(0, moved, 2 * kFrameTime);
  EXPECT_NEAR(larger.width(), 2 * rest.width(), 0.01 * rest.width());
  EXPECT_NEAR(larger.x0, 2 * rest.x0 + 10, 0.01 * rest.width());
  EXPECT_NEAR(larger.y1, 2 * rest.y1 - 20, 0.01 * rest.height());
}

TEST(Framing, TracksAreSeparate) {
  const SynthFace a(1), b(2);
  FaceFraming both, only;
  for (int frame = 0; frame < 50; ++frame) {
    const double time = frame * kFrameTime;
    const Box alone = only.box(7, a.landmarks(speaking(frame)), time);
    both.box(1, b.landmarks(speaking(frame)), time);
    EXPECT_EQ(both.box(7, a.landmarks(speaking(frame)), time), alone);
  }
  only.reset();
  EXPECT_EQ(only.box(7, b.landmarks(FacePose()), 0),
            framed_box(b.landmarks(FacePose()), Framing::Steady));
}

TEST(Framing, InvalidLandmarksGiveTheirBoundingBox) {
  Landmarks point{};
  point.fill({5, 6, 0});
  EXPECT_EQ(framed_box(point, Framing::Steady), bounding_box(point));
  point[33].x = NAN;
  framed_box(point, Framing::Steady);
}

/// Landmarks with the noise of the mesh network: about 0.3 % of the face, slowly changing.
Landmarks noisy(Landmarks face, Random &random, std::vector<cv::Point2f> &noise, float size) {
  noise.resize(kLandmarks);
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    noise[i] =
        0.6f * noise[i] + 0.8f * 0.003f * size * cv::Point2f(random.normal(), random.normal());
    face[i].x += noise[i].x;
    face[i].y += noise[i].y;
  }
  return face;
}

TEST(Framing, SteadyCropOfSpeechTellsLittleOfTheMouth) {
  constexpr int kHeads = 10, kFrames = 500;
  double steady_sum = 0, published_sum = 0;
  for (int seed = 0; seed < kHeads; ++seed) {
    synth::PerformanceOptions speech;
    speech.seed = std::uint64_t(seed);
    synth::Performance performance(speech);
    const SynthFace person(speech.seed);
    const float size = bounding_box(person.landmarks(FacePose())).width();
    Random random(speech.seed, 1);
    std::vector<cv::Point2f> noise;
    FaceFraming framing;
    test::CropLeak steady, published;
    for (int frame = 0; frame < kFrames; ++frame) {
      const double time = frame * kFrameTime;
      const Landmarks face = noisy(person.landmarks(performance.pose(time)), random, noise, size);
      steady.add(face, framing.box(0, face, time));
      published.add(face, bounding_box(face));
    }
    steady_sum += steady.correlation() / kHeads;
    published_sum += published.correlation() / kHeads;
  }
  std::cout << "Correlation of the opening with its prediction from the crop: steady " << steady_sum
            << ", published " << published_sum << "\n";
  EXPECT_GT(published_sum, 0.5);
  EXPECT_LT(steady_sum, 0.2);
}

}  // namespace
}  // namespace hyperlips
