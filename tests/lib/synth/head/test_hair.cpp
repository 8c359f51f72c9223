// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "synth/head/hair.hpp"
#include "synth/head/hair_style.hpp"
#include "synth/head/hair_texture.hpp"
#include "synth/head/head_mesh.hpp"
#include "synth/head/scalp.hpp"

namespace hyperlips::synth {
namespace {

constexpr std::uint64_t kSeeds = 36;
constexpr int kPicture = 320;

struct Head {
  explicit Head(std::uint64_t seed)
      : person(make_person(seed)),
        face(make_face_shape(seed, person)),
        hair(make_hair(seed, person, face)) {}
  Person person;
  Landmarks face;
  Hair hair;
};

cv::Point2f pixel_of(const cv::Point3f &point) {
  return {(point.x / 3 + 0.5f) * kPicture, (point.y / 3 + 0.35f) * kPicture};
}

/// The hair in black before a white background: 255 where there is none.
cv::Mat silhouette(const Hair &hair) {
  Framebuffer framebuffer{cv::Mat(kPicture, kPicture, CV_8UC3, cv::Scalar::all(255)),
                          cv::Mat(kPicture, kPicture, CV_32FC1, cv::Scalar(1e9))};
  std::vector<ScreenVertex> points;
  for (std::size_t i = 0; i < hair.mesh.points.size(); ++i) {
    const cv::Point2f at = pixel_of(hair.mesh.points[i]), uv = hair.mesh.uv[i];
    points.push_back({at.x, at.y, hair.mesh.points[i].z, uv.x, uv.y, Float4{}});
  }
  std::vector<VisibleTriangle> visible;
  cull_backfaces(points, hair.mesh.triangles, false, visible);
  draw(framebuffer, {0, kPicture}, points, visible, hair.texture, Blending::Alpha, Float4{},
       ToneCurve());
  cv::Mat gray;
  cv::extractChannel(framebuffer.bgr, gray, 0);
  return gray;
}

HairSheets sheets_of(std::uint64_t seed, const Person &person, const HairStyle &style) {
  const Scalp scalp(make_face_shape(seed, person), style);
  return {seed, person, style, scalp};
}

TEST(Hair, SameSeedSameHair) {
  for (const std::uint64_t seed : {1u, 5u, 9u}) {
    const Head a(seed), b(seed);
    EXPECT_EQ(a.hair.mesh.points, b.hair.mesh.points);
    EXPECT_EQ(a.hair.mesh.uv, b.hair.mesh.uv);
    EXPECT_EQ(a.hair.mesh.triangles, b.hair.mesh.triangles);
    EXPECT_EQ(cv::norm(silhouette(a.hair), silhouette(b.hair), cv::NORM_INF), 0);
  }
}

TEST(Hair, ArraysHaveOneEntryPerPoint) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Hair hair = Head(seed).hair;
    const std::size_t count = hair.mesh.points.size();
    ASSERT_EQ(hair.mesh.uv.size(), count);
    ASSERT_EQ(hair.strands.size(), count);
    ASSERT_EQ(hair.depth.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      const cv::Point3f p = hair.mesh.points[i];
      ASSERT_LT(std::abs(p.x) + std::abs(p.y) + std::abs(p.z), 5) << seed;
      ASSERT_NEAR(cv::norm(hair.strands[i]), 1, 1e-3) << seed << ' ' << p;
      ASSERT_TRUE(hair.depth[i] >= 0 && hair.depth[i] <= 1);
    }
    for (const Triangle &t : hair.mesh.triangles)
      for (const auto corner : t) ASSERT_LT(corner, count);
  }
}

TEST(Hair, OnlyBaldHeadsHaveNone) {
  int bald = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Person person = make_person(seed);
    const bool none = make_hair_style(seed, person).bald;
    bald += none;
    if (none || seed < 10) {
      const Hair hair = make_hair(seed, person, make_face_shape(seed, person));
      EXPECT_EQ(hair.mesh.points.empty(), none);
      EXPECT_EQ(hair.mesh.triangles.empty(), none);
      EXPECT_EQ(hair.outside().empty(), none);
    }
  }
  EXPECT_GE(bald, 3);
  EXPECT_LE(bald, 20);
}

TEST(Hair, LeavesFaceVisible) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Head head(seed);
    const cv::Mat picture = silhouette(head.hair);
    for (const int i :
         {33, 133, 159, 145, 263, 362, 386, 374, 1, 4, 48, 278, 61, 291, 13, 14, 152}) {
      const cv::Point2f at = pixel_of(head.face[static_cast<std::size_t>(i)]);
      EXPECT_GT(picture.at<std::uint8_t>(cvRound(at.y), cvRound(at.x)), 230)
          << "seed " << seed << ", landmark " << i;
    }
  }
}

TEST(Hair, OnlyLongHairCoversEars) {
  int covered = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Head head(seed);
    EXPECT_EQ(head.hair.covers_ears, !head.hair.inside().empty());
    float lowest = -1;
    for (const Triangle &t : head.hair.mesh.triangles)
      lowest = std::max(lowest, head.hair.mesh.points[t[0]].y);
    if (head.hair.covers_ears) {
      ++covered;
      EXPECT_GT(lowest, 0.3f) << seed;
    } else {
      EXPECT_LT(lowest, 0.8f) << seed;
    }
  }
  EXPECT_GE(covered, 4);
  EXPECT_LE(covered, 24);
}

TEST(Hair, DifferentSeedsDiffer) {
  std::set<std::pair<int, int>> looks;  // area of the hair and its lower end
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    const cv::Mat hair = silhouette(Head(seed).hair) < 128;
    const cv::Rect box = cv::boundingRect(hair);
    looks.insert({cv::countNonZero(hair) / 1000, box.br().y / 12});
  }
  EXPECT_GE(looks.size(), 30u);
}

TEST(Hair, GrayShareFollowsGrayness) {
  Person person;
  person.hair = {0.008f, 0.009f, 0.011f};
  HairStyle style;
  for (const float grayness : {0.f, 0.5f, 1.f}) {
    person.grayness = grayness;
    const HairSheets sheets = sheets_of(3, person, style);
    cv::Mat green, visible = sheets.opacity() > 0.5f;
    cv::extractChannel(sheets.color(), green, 1);
    const double gray = cv::countNonZero((green > 0.12f) & visible) /
                        static_cast<double>(cv::countNonZero(visible));
    if (grayness == 0) {
      EXPECT_EQ(gray, 0);
    } else {
      EXPECT_GT(gray, grayness * 0.5) << grayness;
    }
  }
}

TEST(Hair, SkinVisibleInPartingAndOutsideHairline) {
  HairStyle style;
  style.combed = Combed::Parted;
  style.top_length = style.side_length = 0.5f;
  const HairSheets sheets = sheets_of(3, Person(), style);
  const auto opacity = [&](cv::Point2f place) {
    return sheets.opacity_at(sheets.on_scalp(place, false));
  };
  EXPECT_LT(opacity({0, 1.25f}), 0.5f);
  EXPECT_GT(opacity({0.2f, 1.1f}), 0.9f);
  EXPECT_GT(opacity({-0.2f, 1.1f}), 0.9f);
  EXPECT_LT(opacity({0.3f, 1.8f}), 0.05f);
}

TEST(Scalp, MapRoundTrip) {
  const HairStyle style;
  const Scalp scalp(make_face_shape(1, Person()), style);
  for (const cv::Point2f place : {cv::Point2f{0, 1.2f}, {0.8f, -0.3f}, {-1.5f, 0.6f}, {0, 0.01f}}) {
    const cv::Point2f back = Scalp::map(scalp.over(place, 0.1f));
    EXPECT_NEAR(cv::norm(back - place), 0, 2e-3) << place;
  }
}

}  // namespace
}  // namespace hyperlips::synth
