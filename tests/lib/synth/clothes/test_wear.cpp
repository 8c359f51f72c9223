// SPDX-License-Identifier: LGPL-2.1-or-later
// Clothes, ears and glasses of synthetic people: position, appearance, dependence on the seed.
#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "synth/clothes/clothes.hpp"
#include "synth/head/ears.hpp"
#include "synth/head/face_model.hpp"
#include "synth/head/glasses.hpp"
#include "synth/head/head_mesh.hpp"
#include "synth/head/landmarks.hpp"

namespace hyperlips::synth {
namespace {

const cv::Vec3f kSkinColor{0.21f, 0.33f, 0.57f};

/// Women and men alternate, of all ages.
Person person_of(std::uint64_t seed) {
  Person person;
  person.femininity = static_cast<float>(seed % 2);
  person.age = 18 + static_cast<float>(seed * 7 % 62);
  return person;
}

void expect_valid(const Mesh &mesh) {
  ASSERT_FALSE(mesh.points.empty());
  ASSERT_EQ(mesh.points.size(), mesh.uv.size());
  for (std::size_t i = 0; i < mesh.points.size(); ++i) {
    const cv::Point3f &p = mesh.points[i];
    ASSERT_TRUE(std::isfinite(p.x) && std::isfinite(p.y) && std::isfinite(p.z)) << i;
    ASSERT_GE(std::min(mesh.uv[i].x, mesh.uv[i].y), 0) << i;
    ASSERT_LE(std::max(mesh.uv[i].x, mesh.uv[i].y), 1) << i;
  }
  for (const Triangle &t : mesh.triangles)
    ASSERT_LT(std::max({t[0], t[1], t[2]}), mesh.points.size());
}

void expect_same(const Mesh &a, const Mesh &b) {
  EXPECT_EQ(a.points, b.points);
  EXPECT_EQ(a.uv, b.uv);
  EXPECT_EQ(a.triangles, b.triangles);
}

constexpr int kUnit = 60;  // pixels per width of the face

/// The mesh from the front in uniform light, 4 x 4 widths around (0, 1).
cv::Mat picture(const Mesh &mesh, const Texture &texture, Blending blending = Blending::Opaque,
                std::uint8_t background = 0) {
  Framebuffer framebuffer{cv::Mat(4 * kUnit, 4 * kUnit, CV_8UC3, cv::Scalar::all(background)),
                          cv::Mat(4 * kUnit, 4 * kUnit, CV_32FC1, cv::Scalar(1e9))};
  std::vector<ScreenVertex> vertices(mesh.points.size());
  for (std::size_t i = 0; i < vertices.size(); ++i) {
    const cv::Point3f &p = mesh.points[i];
    vertices[i] = {(p.x + 2) * kUnit, (p.y + 1) * kUnit, p.z,
                   mesh.uv[i].x,      mesh.uv[i].y,      Float4{1, 1, 1, 0}};
  }
  std::vector<VisibleTriangle> facing;
  cull_backfaces(vertices, mesh.triangles, false, facing);
  draw(framebuffer, {0, framebuffer.bgr.rows}, vertices, facing, texture, blending, Float4{}, {});
  return framebuffer.bgr;
}

cv::Vec3f color_at(const cv::Mat &picture, float x, float y) {
  const auto i = static_cast<int>((x + 2) * kUnit), j = static_cast<int>((y + 1) * kUnit);
  cv::Vec3f linear;
  for (int k = 0; k < 3; ++k)
    linear[k] = std::pow(static_cast<float>(picture.at<cv::Vec3b>(j, i)[k]) / 255, 2.2f);
  return linear;
}

bool same_pictures(const cv::Mat &a, const cv::Mat &b) { return cv::norm(a, b, cv::NORM_INF) == 0; }

std::vector<cv::Point3f> normals_of(const Mesh &mesh) {
  std::vector<cv::Point3f> result(mesh.points.size());
  normals(mesh.points, mesh.triangles, result);
  return result;
}

TEST(Clothes, SameSeedSameClothes) {
  for (std::uint64_t seed : {1, 2, 3}) {
    const Clothes a = make_clothes(seed, person_of(seed), kSkinColor),
                  b = make_clothes(seed, person_of(seed), kSkinColor);
    expect_same(a.mesh, b.mesh);
    EXPECT_TRUE(same_pictures(picture(a.mesh, a.texture), picture(b.mesh, b.texture)));
  }
}

TEST(Clothes, Bounds) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    const Clothes clothes = make_clothes(seed, person_of(seed), kSkinColor);
    expect_valid(clothes.mesh);
    ASSERT_EQ(clothes.bare.size(), clothes.mesh.points.size());
    const auto [least, most] = std::minmax_element(clothes.bare.begin(), clothes.bare.end());
    EXPECT_EQ(*least, 0);
    EXPECT_EQ(*most, 1);
    float left = 0, right = 0, top = 9, bottom = 0;
    for (const cv::Point3f &p : clothes.mesh.points) {
      left = std::min(left, p.x), right = std::max(right, p.x);
      top = std::min(top, p.y), bottom = std::max(bottom, p.y);
      ASSERT_LT(std::abs(p.z), 1.1f);
    }
    EXPECT_NEAR(right, -left, 0.06f);
    EXPECT_GT(right, 1.3f);
    EXPECT_LT(right, 1.95f);
    EXPECT_GT(top, 0.72f);  // below the chin's edge
    EXPECT_LT(top, 1);
    EXPECT_GT(bottom, 2.9f);
  }
}

TEST(Clothes, NormalsFaceViewer) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Clothes clothes = make_clothes(seed, person_of(seed), kSkinColor);
    const auto out = normals_of(clothes.mesh);
    int seen = 0, facing = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const cv::Point3f &p = clothes.mesh.points[i];
      ASSERT_TRUE(std::isfinite(out[i].x + out[i].y + out[i].z));
      if (p.y < 1.6f || std::abs(p.x) > 1 || p.z > 0) continue;
      ++seen;
      facing += out[i].z < 0;
    }
    EXPECT_GT(seen, 500);
    EXPECT_GT(facing, 0.98 * seen) << "seed " << seed;
  }
}

TEST(Clothes, SkinAboveNecklineClothBelow) {
  int bare = 0;
  constexpr std::uint64_t kSeeds = 30;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Clothes clothes = make_clothes(seed, person_of(seed), kSkinColor);
    const cv::Mat seen = picture(clothes.mesh, clothes.texture);
    const auto difference = [&](float x, float y) {
      const cv::Vec3f c = color_at(seen, x, y);
      return std::abs(c[0] / c[2] - kSkinColor[0] / kSkinColor[2]) +
             std::abs(c[1] / c[2] - kSkinColor[1] / kSkinColor[2]);
    };
    bare += difference(0, 1.2f) < 0.12f;
    // Some fabrics have nearly the color of skin.
    const bool dressed = difference(0.9f, 2.0f) > 0.08f || difference(0.02f, 2.3f) > 0.08f ||
                         std::abs(color_at(seen, 0.9f, 2.0f)[2] - kSkinColor[2]) > 0.08f;
    EXPECT_TRUE(dressed) << "seed " << seed;
  }
  EXPECT_GT(bare, static_cast<int>(kSeeds) / 3);
  EXPECT_LT(bare, static_cast<int>(kSeeds));
}

TEST(Clothes, DifferentSeedsDiffer) {
  std::set<int> colors;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Clothes clothes = make_clothes(seed, person_of(seed), kSkinColor);
    const cv::Vec3f c = color_at(picture(clothes.mesh, clothes.texture), 0.9f, 2.0f);
    colors.insert(static_cast<int>(c[0] * 40) + 40 * static_cast<int>(c[1] * 40) +
                  1600 * static_cast<int>(c[2] * 40));
  }
  EXPECT_GT(colors.size(), 15u);
}

TEST(Ears, DependOnSeedOnly) {
  const Ears a = make_ears(5, kMeanFace), b = make_ears(5, kMeanFace), c = make_ears(6, kMeanFace);
  expect_same(a.mesh, b.mesh);
  EXPECT_EQ(a.occlusion, b.occlusion);
  EXPECT_NE(a.mesh.points, c.mesh.points);
}

TEST(Ears, AttachedToSidesOfHead) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const Landmarks face = make_face_shape(seed, person_of(seed));
    const Ears ears = make_ears(seed, face);
    expect_valid(ears.mesh);
    ASSERT_EQ(ears.occlusion.size(), ears.mesh.points.size());
    const std::size_t half = ears.mesh.points.size() / 2;
    for (int side = 0; side < 2; ++side) {
      const float cheek = std::abs(face[side == 0 ? landmark::kFaceLeft : landmark::kFaceRight].x);
      const float height = face[side == 0 ? landmark::kFaceLeft : landmark::kFaceRight].y;
      float inner = 9, outer = 0, top = 9, bottom = -9, front = 9, back = -9;
      for (std::size_t i = 0; i < half; ++i) {
        const cv::Point3f &p = ears.mesh.points[static_cast<std::size_t>(side) * half + i];
        ASSERT_EQ(p.x < 0, side == 0);
        inner = std::min(inner, std::abs(p.x)), outer = std::max(outer, std::abs(p.x));
        top = std::min(top, p.y), bottom = std::max(bottom, p.y);
        front = std::min(front, p.z), back = std::max(back, p.z);
      }
      EXPECT_LT(inner, cheek);
      EXPECT_GT(outer, cheek + 0.05f);
      EXPECT_LT(outer, cheek + 0.25f);
      EXPECT_NEAR(top, height - 0.19f, 0.09f);
      EXPECT_NEAR(bottom, height + 0.22f, 0.11f);
      EXPECT_GT(front, -0.1f);
      EXPECT_LT(back, 0.45f);
    }
  }
}

TEST(Ears, NearlySymmetric) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Ears ears = make_ears(seed, kMeanFace);
    const std::size_t half = ears.mesh.points.size() / 2;
    float most = 0;
    for (std::size_t i = 0; i < half; ++i) {
      cv::Point3f left = ears.mesh.points[i];
      left.x = -left.x;
      const cv::Point3f apart = left - ears.mesh.points[half + i];
      most = std::max(most, std::sqrt(apart.dot(apart)));
    }
    EXPECT_LT(most, 0.06f) << "seed " << seed;
    EXPECT_GT(most, 0) << "seed " << seed;
  }
}

TEST(Ears, FaceOutwardsAndDarkestInside) {
  const Ears ears = make_ears(3, kMeanFace);
  const auto out = normals_of(ears.mesh);
  int away = 0;
  for (std::size_t i = 0; i < out.size(); ++i) away += out[i].x * ears.mesh.points[i].x > 0;
  EXPECT_GT(away, static_cast<int>(out.size()) / 2);
  const auto [least, most] = std::minmax_element(ears.occlusion.begin(), ears.occlusion.end());
  EXPECT_GT(*least, 0);
  EXPECT_LT(*least, 0.6f);
  EXPECT_GT(*most, 0.9f);
  EXPECT_LE(*most, 1);
}

TEST(Glasses, SameSeedSameGlasses) {
  int worn = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto a = make_glasses(seed, person_of(seed), kMeanFace),
               b = make_glasses(seed, person_of(seed), kMeanFace);
    ASSERT_EQ(a.has_value(), b.has_value());
    if (!a) continue;
    ++worn;
    expect_same(a->frame, b->frame);
    expect_same(a->lenses, b->lenses);
    EXPECT_TRUE(
        same_pictures(picture(a->frame, a->frame_texture), picture(b->frame, b->frame_texture)));
    EXPECT_TRUE(same_pictures(picture(a->lenses, a->lens_texture, Blending::Alpha),
                              picture(b->lenses, b->lens_texture, Blending::Alpha)));
  }
  EXPECT_GT(worn, 0);
}

TEST(Glasses, MoreFrequentInOldAge) {
  int worn = 0, young = 0, old = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    worn += make_glasses(seed, person_of(seed), kMeanFace).has_value();
    Person person;
    person.age = 20;
    young += make_glasses(seed, person, kMeanFace).has_value();
    person.age = 75;
    old += make_glasses(seed, person, kMeanFace).has_value();
  }
  EXPECT_GT(worn, 75);
  EXPECT_LT(worn, 130);
  EXPECT_LT(young + 30, old);
}

TEST(Glasses, InFrontOfEyesAndReachEars) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    const Landmarks face = make_face_shape(seed, person_of(seed));
    const auto glasses = make_glasses(seed, person_of(seed), face);
    if (!glasses) continue;
    expect_valid(glasses->frame);
    expect_valid(glasses->lenses);
    float lids = 0;
    for (int eye = 0; eye < 2; ++eye) {
      for (auto lid : {landmark::kUpperLidMiddle, landmark::kLowerLidMiddle})
        lids = std::min(lids, face[of_eye(eye, lid)].z);
    }
    const std::size_t half = glasses->lenses.points.size() / 2;
    for (int side = 0; side < 2; ++side) {
      const cv::Point3f eye = (face[of_eye(side, landmark::kUpperLidMiddle)] +
                               face[of_eye(side, landmark::kLowerLidMiddle)]) *
                              0.5f;
      float left = 9, right = -9, top = 9, bottom = -9, nearest = -9, farthest = 9;
      for (std::size_t i = 0; i < half; ++i) {
        const cv::Point3f &p = glasses->lenses.points[static_cast<std::size_t>(side) * half + i];
        left = std::min(left, p.x), right = std::max(right, p.x);
        top = std::min(top, p.y), bottom = std::max(bottom, p.y);
        if (std::hypot(p.x - eye.x, p.y - eye.y) > 0.08f) continue;
        nearest = std::max(nearest, p.z), farthest = std::min(farthest, p.z);
      }
      EXPECT_LT(left, eye.x - 0.08f);
      EXPECT_GT(right, eye.x + 0.08f);
      EXPECT_LT(top, eye.y - 0.05f);
      EXPECT_GT(bottom, eye.y + 0.05f);
      EXPECT_LT(nearest, lids - 0.02f);
      EXPECT_GT(farthest, lids - 0.22f);
    }
    float back = -9, left = 0, right = 0;
    for (const cv::Point3f &p : glasses->frame.points) {
      back = std::max(back, p.z);
      left = std::min(left, p.x), right = std::max(right, p.x);
      ASSERT_LT(p.y, 0.35f);
      ASSERT_GT(p.y, -0.3f);
    }
    EXPECT_GT(back, 0.05f);
    EXPECT_LT(left, face[landmark::kFaceLeft].x);
    EXPECT_GT(right, face[landmark::kFaceRight].x);
    EXPECT_LT(right, face[landmark::kFaceRight].x + 0.1f);
  }
}

TEST(Glasses, LensesAreTransparent) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto glasses = make_glasses(seed, person_of(seed), kMeanFace);
    if (!glasses) continue;
    const cv::Mat dark = picture(glasses->lenses, glasses->lens_texture, Blending::Alpha, 0),
                  pale = picture(glasses->lenses, glasses->lens_texture, Blending::Alpha, 255);
    for (int eye = 0; eye < 2; ++eye) {
      for (float x = -0.08f; x < 0.09f; x += 0.02f) {
        const auto i =
            static_cast<int>((kMeanFace[of_eye(eye, landmark::kUpperLidMiddle)].x + x + 2) * kUnit);
        const auto change = pale.at<cv::Vec3b>(kUnit, i)[1] - dark.at<cv::Vec3b>(kUnit, i)[1];
        EXPECT_GT(change, 0.74f * 255) << "seed " << seed;
        EXPECT_LT(change, 255) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace hyperlips::synth
