// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/landmark_measures.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace hyperlips::training {
namespace {

const std::vector<std::size_t> kLips{0,   13,  14,  17,  37,  39,  40,  61,  78,  80,
                                     81,  82,  84,  87,  88,  91,  95,  146, 178, 181,
                                     185, 191, 267, 269, 270, 291, 308, 310, 311, 312,
                                     314, 317, 318, 321, 324, 375, 402, 405, 409, 415};

std::vector<Landmarks> random_meshes(int count, int seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> value(0, 30);
  std::vector<Landmarks> meshes(count);
  for (Landmarks &mesh : meshes) {
    for (cv::Point3f &p : mesh) p = {200 + value(random), 100 + value(random), value(random)};
    mesh[10].y = 20;
    mesh[152].y = 220 + value(random);
  }
  return meshes;
}

LandmarkScores measure(const std::vector<Landmarks> &truth, const std::vector<Landmarks> &result) {
  LandmarkMeasures measures;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const MouthPoints a = mouth_points(truth[i]), b = mouth_points(result[i]);
    measures.add(&a, &b);
  }
  return measures.scores();
}

double distance(const cv::Point3f &a, const cv::Point3f &b) {
  return std::hypot(double(a.x) - b.x, double(a.y) - b.y);
}

/// Lip points in pixels around their center, x and y in turn.
std::vector<double> centered(const Landmarks &mesh) {
  double cx = 0, cy = 0;
  for (const std::size_t i : kLips) {
    cx += mesh[i].x / 40.0;
    cy += mesh[i].y / 40.0;
  }
  std::vector<double> values;
  for (const std::size_t i : kLips) {
    values.push_back(mesh[i].x - cx);
    values.push_back(mesh[i].y - cy);
  }
  return values;
}

TEST(LipPoints, EqualReferenceList) {
  EXPECT_EQ(std::vector<std::size_t>(kLipLandmarks.begin(), kLipLandmarks.end()), kLips);
}

TEST(LandmarkMeasures, EqualDefinitions) {
  const std::vector<Landmarks> truth = random_meshes(12, 1), result = random_meshes(12, 2);
  double percent = 0, pixels = 0, jitter[2] = {0, 0};
  std::vector<double> a, b;
  for (int n = 0; n < 12; ++n) {
    const std::vector<double> p = centered(truth[n]), q = centered(result[n]);
    double sum = 0;
    for (int i = 0; i < 40; ++i)
      sum += std::hypot(p[2 * i] - q[2 * i], p[2 * i + 1] - q[2 * i + 1]);
    pixels += sum / 40 / 12;
    percent += 100 * sum / 40 / distance(truth[n][10], truth[n][152]) / 12;
    a.push_back(distance(truth[n][13], truth[n][14]) / distance(truth[n][10], truth[n][152]));
    b.push_back(distance(result[n][13], result[n][14]) / distance(result[n][10], result[n][152]));
    for (int side = 0; side < 2 && n >= 2; ++side) {
      const std::vector<Landmarks> &all = side == 0 ? truth : result;
      const auto x = centered(all[n - 2]), y = centered(all[n - 1]), z = centered(all[n]);
      for (int i = 0; i < 80; ++i) jitter[side] += std::abs((z[i] - y[i]) - (y[i] - x[i]));
    }
  }
  // Pearson correlation from sums.
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (int n = 0; n < 12; ++n) {
    sa += a[n], sb += b[n], saa += a[n] * a[n], sbb += b[n] * b[n], sab += a[n] * b[n];
  }
  const double r = (12 * sab - sa * sb) / std::sqrt((12 * saa - sa * sa) * (12 * sbb - sb * sb));

  const LandmarkScores scores = measure(truth, result);
  EXPECT_EQ(scores.frames, 12);
  EXPECT_NEAR(*scores.lmd_pixels, pixels, 1e-9);
  EXPECT_NEAR(*scores.lmd, percent, 1e-9);
  EXPECT_NEAR(*scores.opening_correlation, r, 1e-9);
  EXPECT_NEAR(*scores.jitter, jitter[1] / jitter[0], 1e-9);
}

TEST(LandmarkMeasures, IdenticalFaces) {
  const std::vector<Landmarks> truth = random_meshes(5, 3);
  const LandmarkScores scores = measure(truth, truth);
  EXPECT_EQ(*scores.lmd, 0);
  EXPECT_EQ(*scores.lmd_pixels, 0);
  EXPECT_NEAR(*scores.opening_correlation, 1, 1e-12);
  EXPECT_EQ(*scores.jitter, 1);
}

TEST(LandmarkMeasures, IgnoresTranslation) {
  const std::vector<Landmarks> truth = random_meshes(5, 4);
  std::vector<Landmarks> moved = truth;
  for (Landmarks &mesh : moved) {
    for (cv::Point3f &p : mesh) p += cv::Point3f(8, -4, 1);
  }
  EXPECT_NEAR(*measure(truth, moved).lmd, 0, 1e-5);
}

TEST(LandmarkMeasures, OppositeMouths) {
  std::vector<Landmarks> truth = random_meshes(6, 5), result = truth;
  for (int n = 0; n < 6; ++n) {
    truth[n][152] = result[n][152] = {215, 220, 0};
    truth[n][10] = result[n][10] = {215, 20, 0};
    truth[n][13] = result[n][13] = {215, 150, 0};
    truth[n][14] = {215, float(150 + n), 0};
    result[n][14] = {215, float(160 - n), 0};
  }
  EXPECT_NEAR(*measure(truth, result).opening_correlation, -1, 1e-9);
}

TEST(LandmarkMeasures, JitterNeedsThreeSuccessiveFrames) {
  const std::vector<Landmarks> truth = random_meshes(7, 6), result = random_meshes(7, 7);
  LandmarkMeasures measures;
  for (int n = 0; n < 7; ++n) {
    const MouthPoints a = mouth_points(truth[n]), b = mouth_points(result[n]);
    measures.add(n == 3 ? nullptr : &a, &b);
  }
  double jitter[2] = {0, 0};
  for (const int n : {2, 6}) {  // 0 1 2 and 4 5 6
    for (int side = 0; side < 2; ++side) {
      const std::vector<Landmarks> &all = side == 0 ? truth : result;
      const auto x = centered(all[n - 2]), y = centered(all[n - 1]), z = centered(all[n]);
      for (int i = 0; i < 80; ++i) jitter[side] += std::abs(z[i] - 2 * y[i] + x[i]);
    }
  }
  EXPECT_EQ(measures.scores().frames, 6);
  EXPECT_NEAR(*measures.scores().jitter, jitter[1] / jitter[0], 1e-9);
}

TEST(LandmarkMeasures, EmptyWithoutData) {
  LandmarkMeasures measures;
  measures.add(nullptr, nullptr);
  EXPECT_EQ(measures.scores().frames, 0);
  EXPECT_FALSE(measures.scores().lmd);
  const std::vector<Landmarks> still(4, random_meshes(1, 8)[0]);
  const LandmarkScores scores = measure(still, still);
  EXPECT_EQ(*scores.lmd, 0);
  EXPECT_FALSE(scores.opening_correlation);
  EXPECT_FALSE(scores.jitter);
}

}  // namespace
}  // namespace hyperlips::training
