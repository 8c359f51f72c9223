// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "synth/head/face_model.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/procedural_noise.hpp"

namespace hyperlips::synth {
namespace {

constexpr int kSize = 256;
constexpr int kPeople = 40;
// Landmarks inside the vermilion, and on cheek and chin.
constexpr std::array kLips{72, 73, 302, 303, 85, 86, 315, 316};
constexpr std::array kBesideLips{206, 426, 207, 427, 201, 421};
constexpr std::array kForehead{151, 108, 337, 69, 299};
constexpr std::array kChin{175, 199, 171, 396, 140, 369};

cv::Point texel_of(int landmark, int size) {
  const cv::Point2f uv = face_uv(kMeanFace[landmark]);
  return {cvFloor(uv.x * size), cvFloor(uv.y * size)};
}

float light_of(const cv::Vec3f &color) { return (color[0] + color[1] + color[2]) / 3; }

template <typename Indices>
cv::Vec3f mean_at(const cv::Mat &albedo, const Indices &landmarks) {
  cv::Vec3f sum;
  for (const int i : landmarks) sum += albedo.at<cv::Vec3f>(texel_of(i, albedo.rows));
  return sum / static_cast<float>(landmarks.size());
}

SkinTextures skin_of(std::uint64_t seed, int size = kSize) {
  return make_skin(seed, make_person(seed), size);
}

bool same(const cv::Mat &a, const cv::Mat &b) {
  return a.type() == b.type() && a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

TEST(Person, DistributionOfProperties) {
  int women = 0, dark = 0, pale = 0, old = 0, young = 0, gray = 0;
  constexpr int kCount = 1000;
  for (int seed = 0; seed < kCount; ++seed) {
    const Person person = make_person(seed);
    ASSERT_GE(person.age, 18);
    ASSERT_LE(person.age, 80);
    ASSERT_GE(person.femininity, 0);
    ASSERT_LE(person.femininity, 1);
    ASSERT_GE(person.melanin, 0);
    ASSERT_LE(person.melanin, 1);
    ASSERT_GE(person.grayness, 0);
    ASSERT_LE(person.grayness, 1);
    women += person.femininity > 0.5f;
    dark += person.melanin > 0.7f;
    pale += person.melanin < 0.15f;
    old += person.age > 65;
    young += person.age < 28;
    gray += person.grayness > 0.5f;
    if (person.melanin > 0.6f) {
      EXPECT_LT(light_of(person.hair), 0.12f) << seed;
    }
    if (person.age < 25) {
      EXPECT_LT(person.grayness, 0.1f) << seed;
    }
  }
  EXPECT_NEAR(women, kCount / 2, kCount / 15);
  for (const int share : {dark, pale, old, young}) EXPECT_GT(share, kCount / 10);
  EXPECT_GT(gray, kCount / 30);
}

TEST(Skin, DependsOnSeedOnly) {
  const SkinTextures first = skin_of(7), again = skin_of(7);
  EXPECT_TRUE(same(first.albedo, again.albedo));
  EXPECT_TRUE(same(first.height, again.height));
  EXPECT_TRUE(same(first.gloss, again.gloss));
  // The skin of the same person differs between seeds, too.
  const Person person = make_person(7);
  for (int seed = 8; seed < 20; ++seed) {
    const SkinTextures other = make_skin(seed, person, kSize);
    EXPECT_GT(cv::norm(first.albedo, other.albedo, cv::NORM_L1) / first.albedo.total() / 3, 0.004)
        << seed;
  }
}

TEST(Skin, FiniteAndInRange) {
  for (int seed = 0; seed < 20; ++seed) {
    const SkinTextures skin = skin_of(seed);
    ASSERT_EQ(skin.albedo.type(), CV_32FC3);
    ASSERT_EQ(skin.height.type(), CV_32FC1);
    ASSERT_EQ(skin.gloss.type(), CV_32FC1);
    for (const cv::Mat &map : {skin.albedo, skin.height, skin.gloss}) {
      ASSERT_EQ(map.size(), cv::Size(kSize, kSize));
      ASSERT_TRUE(cv::checkRange(map)) << seed;
    }
    EXPECT_TRUE(cv::checkRange(skin.albedo.reshape(1), true, nullptr, 0, 1)) << seed;
    EXPECT_TRUE(cv::checkRange(skin.gloss, true, nullptr, 0, 1.0001)) << seed;
    EXPECT_TRUE(cv::checkRange(skin.height, true, nullptr, -0.05, 0.05)) << seed;
  }
}

TEST(Skin, NonPowerOfTwoSizes) {
  for (const int size : {16, 37, 100, 333}) {
    const SkinTextures skin = skin_of(32, size);
    ASSERT_EQ(skin.albedo.size(), cv::Size(size, size));
    EXPECT_TRUE(cv::checkRange(skin.albedo.reshape(1), true, nullptr, 0, 1)) << size;
  }
}

TEST(Skin, RejectsInvalidSizes) {
  for (const int size : {-1, 0, 8, 100000}) EXPECT_THROW(skin_of(1, size), Error) << size;
}

TEST(Skin, DarkerWithMoreMelanin) {
  for (int seed = 0; seed < 8; ++seed) {
    float before = 1;
    for (const float melanin : {0.0f, 0.25f, 0.5f, 0.75f, 1.0f}) {
      Person person = make_person(seed);
      person.melanin = melanin;
      const float light = light_of(mean_at(make_skin(seed, person, kSize).albedo, kForehead));
      EXPECT_LT(light, 0.85f * before) << seed << " melanin " << melanin;
      before = light;
    }
  }
}

TEST(Skin, RangeOfAlbedo) {
  float red[2] = {0, 0};
  for (int seed = 0; seed < 8; ++seed)
    for (const int melanin : {0, 1}) {
      Person person = make_person(seed);
      person.melanin = static_cast<float>(melanin);
      const cv::Vec3f color = mean_at(make_skin(seed, person, kSize).albedo, kForehead);
      EXPECT_GT(color[2], color[1]);
      EXPECT_GT(color[1], color[0]);
      red[melanin] += color[2] / 8;
    }
  EXPECT_NEAR(red[0], 0.75f, 0.1f);
  EXPECT_NEAR(red[1], 0.12f, 0.03f);
}

TEST(Skin, LipsAreRedderThanSurroundings) {
  double more = 0;
  int redder = 0;
  for (int seed = 0; seed < kPeople; ++seed) {
    const SkinTextures skin = skin_of(seed);
    const cv::Vec3f lips = mean_at(skin.albedo, kLips), around = mean_at(skin.albedo, kBesideLips);
    const float ratio = (lips[2] / lips[1]) / (around[2] / around[1]);
    more += ratio / kPeople;
    redder += ratio > 1.05f;
  }
  EXPECT_GT(more, 1.3);
  EXPECT_GE(redder, kPeople * 9 / 10);
}

TEST(Skin, LipContourOnLandmarks) {
  // On average, redness rises at the outer contour, within two texels.
  constexpr int kFine = 512;
  constexpr std::array kContour{0, 17, 37, 267, 84, 314, 181, 405};
  std::array<double, 13> profile{};
  constexpr int kReach = 6;
  for (int seed = 0; seed < 24; ++seed) {
    Person person = make_person(seed);
    person.femininity = 1;  // no moustache
    const SkinTextures skin = make_skin(seed, person, kFine);
    for (const int i : kContour) {
      const bool upper = i == 0 || i == 37 || i == 267;
      const cv::Point at = texel_of(i, kFine);
      for (int step = -kReach; step <= kReach; ++step) {
        const auto &c = skin.albedo.at<cv::Vec3f>(at + cv::Point(0, upper ? step : -step));
        profile[static_cast<std::size_t>(step + kReach)] += std::log(c[2] / c[1]);
      }
    }
  }
  int steepest = 0;
  double steepness = 0;
  for (int step = 0; step < 2 * kReach; ++step) {
    const double here =
        profile[static_cast<std::size_t>(step + 1)] - profile[static_cast<std::size_t>(step)];
    if (here > steepness) steepness = here, steepest = step - kReach;
  }
  EXPECT_GE(steepest, -2);
  EXPECT_LE(steepest, 2);
  EXPECT_GT(profile.back(), profile.front());
}

TEST(Skin, BrowsOnLandmarks) {
  constexpr std::array<std::array<int, 2>, 6> kBands{
      {{66, 65}, {105, 52}, {63, 53}, {296, 295}, {334, 282}, {293, 283}}};
  int darker = 0;
  double mean = 0;
  for (int seed = 0; seed < kPeople; ++seed) {
    const SkinTextures skin = skin_of(seed);
    cv::Mat smooth;
    cv::blur(skin.albedo, smooth, {3, 3});
    float brow = 0;
    for (const auto &[upper, lower] : kBands) {
      const cv::Point a = texel_of(upper, kSize), b = texel_of(lower, kSize);
      brow += light_of(smooth.at<cv::Vec3f>((a.y + b.y + 1) / 2, (a.x + b.x) / 2)) / 6;
    }
    const float ratio = brow / light_of(mean_at(smooth, kForehead));
    mean += ratio / kPeople;
    darker += ratio < 0.9f;
  }
  EXPECT_LT(mean, 0.65);
  EXPECT_GE(darker, kPeople * 8 / 10);
}

TEST(Skin, OnlySomeMenHaveBeards) {
  // A beard makes the chin darker than the forehead of the same person.
  int bearded = 0, men = 0;
  for (int seed = 0; seed < 2 * kPeople; ++seed) {
    Person person = make_person(seed);
    person.melanin = 0.1f;
    person.hair = {0.01f, 0.015f, 0.02f};
    person.grayness = 0;
    const auto contrast = [&](float femininity) {
      person.femininity = femininity;
      const SkinTextures skin = make_skin(seed, person, kSize);
      return light_of(mean_at(skin.albedo, kChin)) / light_of(mean_at(skin.albedo, kForehead));
    };
    EXPECT_GT(contrast(1), 0.75f) << seed;
    ++men;
    bearded += contrast(0) < 0.62f;
  }
  EXPECT_GT(bearded, men / 8);
  EXPECT_LT(bearded, men / 2);
}

TEST(Skin, MoreWrinklesWithAge) {
  for (int seed = 0; seed < 6; ++seed) {
    Person person = make_person(seed);
    double before = 0;
    for (const float age : {20.0f, 50.0f, 80.0f}) {
      person.age = age;
      const SkinTextures skin = make_skin(seed, person, 512);
      // The forehead between brows and hair, where the folds lie along x.
      const cv::Rect forehead(texel_of(103, 512), texel_of(299, 512) + cv::Point(40, 0));
      cv::Mat slope;
      cv::Sobel(skin.height(forehead), slope, CV_32F, 0, 1);
      const double rough = cv::norm(slope, cv::NORM_L2);
      EXPECT_GT(rough, before) << seed << " age " << age;
      before = rough;
    }
  }
}

TEST(Skin, SameSkinAtAllSizes) {
  for (const int seed : {1, 8, 24, 27, 32}) {
    const SkinTextures fine = skin_of(seed, 1024), coarse = skin_of(seed, 256);
    cv::Mat down, difference;
    cv::resize(fine.albedo, down, coarse.albedo.size(), 0, 0, cv::INTER_AREA);
    cv::absdiff(down, coarse.albedo, difference);
    const double light = cv::mean(down.reshape(1))[0];
    EXPECT_LT(cv::mean(difference.reshape(1))[0], 0.06 * light) << seed;
  }
}

TEST(Noise, MeanZeroDeviationOneAtAllSizes) {
  for (const int size : {128, 512}) {
    const NoisePlane plane{{size, size}, {-3.7f, 11.3f}, 20.0f / static_cast<float>(size)};
    cv::Scalar mean, deviation;
    cv::meanStdDev(fbm(plane, {5, 0.7f, 3, 0.6f}), mean, deviation);
    EXPECT_NEAR(mean[0], 0, 0.1);
    EXPECT_NEAR(deviation[0], 1, 0.1);
    const cv::Mat cells = worley_edges(plane, 3, 0.8f);
    EXPECT_TRUE(cv::checkRange(cells, true, nullptr, 0, 2));
  }
}

TEST(Noise, IndependentOfSampling) {
  const Fbm parameters{9, 1.0f, 2, 0.5f};
  const cv::Mat whole = fbm({{64, 64}, {0, 0}, 0.1f}, parameters);
  const cv::Mat part = fbm({{20, 30}, {1.2f, 2.3f}, 0.1f}, parameters);
  EXPECT_LT(cv::norm(whole(cv::Rect(12, 23, 20, 30)), part, cv::NORM_INF), 1e-3);
}

}  // namespace
}  // namespace hyperlips::synth
