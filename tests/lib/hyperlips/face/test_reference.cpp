// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <functional>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/reference.hpp"
#include "hyperlips/synth/talking_head.hpp"

namespace hyperlips {
namespace {

constexpr double kFrame = 0.04;
const cv::Size kSize(320, 320);

/// A view of a synthetic person, as a task of the network.
struct View {
  Face face;
  cv::Mat crop;
};

View view(const FacePose &pose, std::uint64_t seed = 4) {
  synth::TalkingHead head({.seed = seed, .frame = kSize});
  cv::Mat picture;
  synth::HeadTruth truth;
  head.draw(pose, 0, picture, &truth);
  View made;
  made.face.landmarks = truth.landmarks;
  made.face.box = bounding_box(truth.landmarks);
  made.face.confidence = 1;
  made.crop = crop_face(view_of(picture), made.face.box);
  return made;
}

View neutral() { return view({}); }
View blinking() {
  FacePose pose;
  pose.blink[0] = pose.blink[1] = 1;
  return view(pose);
}
View speaking() {
  FacePose pose;
  pose.mouth.jaw = 0.6f;
  pose.mouth.opening = 0.16f;
  return view(pose);
}
View turned() {
  FacePose pose;
  pose.yaw = 0.6f;
  return view(pose);
}
View blurred() {
  View made = neutral();
  cv::blur(made.crop, made.crop, {9, 1});
  return made;
}
View cut_off() {
  View made = neutral();
  made.face.box.x0 -= 200;
  return made;
}
View covered() {
  View made = neutral();
  made.face.mouth_hidden = true;
  return made;
}

bool same(const cv::Mat &a, const cv::Mat &b) {
  return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

TEST(Reference, ScorePrefersNeutralViews) {
  const View best = neutral();
  const float score = reference_score(best.face, best.crop, kSize);
  for (const auto &make : {blinking, speaking, turned, blurred, cut_off, covered}) {
    const View worse = make();
    EXPECT_LT(1.25f * reference_score(worse.face, worse.crop, kSize), score);
  }
}

TEST(Reference, BetterViewFadesIn) {
  const View bad = blinking(), good = neutral();
  ReferenceFaces references;
  for (int i = 0; i < 5; ++i) {
    const ReferenceFace found = references.find(bad.face, bad.crop, kSize, i * kFrame);
    EXPECT_TRUE(same(found.picture, bad.crop));
    EXPECT_TRUE(found.before.empty());
    EXPECT_EQ(found.weight, 1);
  }
  float last = -1;
  for (int i = 5; i < 60; ++i) {
    const ReferenceFace found = references.find(good.face, good.crop, kSize, i * kFrame);
    EXPECT_TRUE(same(found.picture, good.crop));
    if (i < 10) {
      EXPECT_TRUE(same(found.before, bad.crop));
      EXPECT_NEAR(found.weight, (i - 5) * kFrame / 0.2, 1e-5);
      EXPECT_GT(found.weight, last);
    } else {
      EXPECT_TRUE(found.before.empty());
      EXPECT_EQ(found.weight, 1);
    }
    last = found.weight;
  }
}

TEST(Reference, ChosenInTheFirstSecond) {
  const View bad = blinking(), good = neutral();
  ReferenceFaces references;
  for (int i = 0; i < 50; ++i) {
    const View &now = i < 27 ? bad : good;
    EXPECT_TRUE(same(references.find(now.face, now.crop, kSize, i * kFrame).picture, bad.crop));
  }
}

TEST(Reference, WaitsForUsableView) {
  const View bad = cut_off(), good = neutral();
  ReferenceFaces references;
  for (int i = 0; i < 100; ++i) {
    const ReferenceFace found = references.find(bad.face, bad.crop, kSize, i * kFrame);
    EXPECT_TRUE(same(found.picture, bad.crop));
  }
  EXPECT_TRUE(same(references.find(good.face, good.crop, kSize, 4).picture, good.crop));
}

TEST(Reference, SameChoiceAfterReset) {
  const std::vector<View> views{blurred(), blinking(), speaking(), neutral(), turned()};
  ReferenceFaces references;
  std::vector<cv::Mat> first;
  for (const double start : {0.0, 7.5}) {
    references.reset();
    for (int i = 0; i < 40; ++i) {
      View now = views[std::size_t(i / 4) % views.size()];
      now.face.track_id = start > 0 ? 3 : 0;
      const cv::Mat found = references.find(now.face, now.crop, kSize, start + i * kFrame).picture;
      if (start == 0) {
        first.push_back(found);
      } else {
        EXPECT_TRUE(same(found, first[std::size_t(i)])) << i;
      }
    }
  }
}

TEST(Reference, TracksHaveTheirOwn) {
  const View one = neutral();
  View other = view({}, 9);
  other.face.track_id = 1;
  ReferenceFaces references;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(same(references.find(one.face, one.crop, kSize, i * kFrame).picture, one.crop));
    EXPECT_TRUE(
        same(references.find(other.face, other.crop, kSize, i * kFrame).picture, other.crop));
  }
  references.use_picture(one.crop);
  EXPECT_TRUE(same(references.find(other.face, other.crop, kSize, 1).picture, one.crop));
}

}  // namespace
}  // namespace hyperlips
