// SPDX-License-Identifier: LGPL-2.1-or-later
#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "synth/head/head_mesh.hpp"
#include "synth/render/lighting.hpp"
#include "synth/render/mesh.hpp"
#include "synth/render/raster.hpp"
#include "util/workers.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kFar = 1e9f;

Framebuffer black(int width, int height) {
  return {cv::Mat(height, width, CV_8UC3, cv::Scalar::all(0)),
          cv::Mat(height, width, CV_32FC1, cv::Scalar(kFar))};
}

Texture plain(cv::Scalar color, double fourth) {
  return {cv::Mat(4, 4, CV_32FC3, color), cv::Mat(4, 4, CV_32FC1, cv::Scalar(fourth))};
}

/// A rectangle that faces the viewer.
struct Sheet {
  std::vector<ScreenVertex> points;
  std::vector<Triangle> triangles{{0, 2, 1}, {1, 2, 3}};

  Sheet(float x0, float y0, float x1, float y1, float depth) {
    for (const auto &[x, y] : {std::pair{x0, y0}, {x1, y0}, {x0, y1}, {x1, y1}}) {
      ScreenVertex p;
      p.x = x, p.y = y, p.depth = depth;
      p.light = Float4{1, 1, 1, 0};
      points.push_back(p);
    }
  }
  void draw(Framebuffer &framebuffer, const Texture &texture, Blending blending = Blending::Opaque,
            bool both_sides = false) {
    std::vector<VisibleTriangle> visible;
    cull_backfaces(points, triangles, both_sides, visible);
    synth::draw(framebuffer, {0, framebuffer.bgr.rows}, points, visible, texture, blending,
                Float4{}, {});
  }
};

TEST(Raster, DepthTestInAnyOrder) {
  const Texture blue = plain({1, 0, 0}, 0), red = plain({0, 0, 1}, 0);
  for (bool near_first : {false, true}) {
    Framebuffer framebuffer = black(20, 20);
    Sheet near(5, 5, 15, 15, 1), far(0, 0, 19, 19, 2);
    if (near_first) near.draw(framebuffer, red);
    far.draw(framebuffer, blue);
    if (!near_first) near.draw(framebuffer, red);
    EXPECT_EQ(framebuffer.bgr.at<cv::Vec3b>(10, 10), cv::Vec3b(0, 0, 255));
    EXPECT_EQ(framebuffer.bgr.at<cv::Vec3b>(2, 2), cv::Vec3b(255, 0, 0));
  }
}

TEST(Raster, BackfaceCulling) {
  const Texture white = plain({1, 1, 1}, 0);
  Sheet sheet(2, 2, 9, 9, 1);
  for (Triangle &t : sheet.triangles) std::swap(t[1], t[2]);
  Framebuffer framebuffer = black(12, 12);
  sheet.draw(framebuffer, white);
  EXPECT_EQ(cv::countNonZero(framebuffer.bgr.reshape(1)), 0);
  sheet.draw(framebuffer, white, Blending::Opaque, true);
  EXPECT_EQ(framebuffer.bgr.at<cv::Vec3b>(5, 5), cv::Vec3b::all(255));
}

TEST(Raster, AlphaBlending) {
  Framebuffer framebuffer = black(12, 12);
  Sheet sheet(0, 0, 11, 11, 1);
  sheet.draw(framebuffer, plain({1, 1, 1}, 0.5), Blending::Alpha);
  EXPECT_NEAR(framebuffer.bgr.at<cv::Vec3b>(5, 5)[0], 128, 2);
  EXPECT_EQ(framebuffer.depth.at<float>(5, 5), kFar);  // what comes later may still show behind it
  sheet.draw(framebuffer, plain({1, 1, 1}, 1), Blending::Alpha);
  EXPECT_EQ(framebuffer.depth.at<float>(5, 5), 1);
}

TEST(Raster, SharedEdgesWithoutHolesInBands) {
  const Mesh grid = make_grid(9, 7, [](float u, float v) {
    return cv::Point3f(3 + 55 * u + 4 * std::sin(9 * v), 2 + 44 * v + 3 * std::sin(7 * u), u);
  });
  std::vector<ScreenVertex> points(grid.points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].x = grid.points[i].x, points[i].y = grid.points[i].y,
    points[i].depth = grid.points[i].z;
    points[i].u = grid.uv[i].x, points[i].v = grid.uv[i].y;
    points[i].light = Float4{1, 1, 1, 0};
  }
  const Texture white = plain({1, 1, 1}, 0);
  Framebuffer whole = black(70, 50), bands = black(70, 50);
  std::vector<VisibleTriangle> visible;
  cull_backfaces(points, grid.triangles, false, visible);
  draw(whole, {0, 50}, points, visible, white, Blending::Opaque, Float4{}, {});
  for (int y = 0; y < 50; y += 7) {
    draw(bands, {y, std::min(50, y + 7)}, points, visible, white, Blending::Opaque, Float4{}, {});
  }
  EXPECT_EQ(cv::norm(whole.bgr, bands.bgr, cv::NORM_INF), 0);
  for (int y = 8; y < 40; ++y) {
    for (int x = 12; x < 52; ++x)
      EXPECT_EQ(whole.bgr.at<cv::Vec3b>(y, x)[0], 255) << x << ", " << y;
  }
}

TEST(Raster, ToneCurveIsSrgb) {
  const ToneCurve tone;
  std::uint8_t bgr[3];
  tone.apply(Float4{0.2140f, 0, 2, 0}, bgr);  // linear 0.214 is 0.5 encoded
  EXPECT_NEAR(bgr[0], 128, 1);
  EXPECT_EQ(bgr[1], 0);
  EXPECT_EQ(bgr[2], 255);
}

TEST(Subdivision, KeepsPlanesAndTextureCoordinates) {
  const Mesh grid = make_grid(4, 4, [](float u, float v) { return cv::Point3f(u, v, 2 * u - v); });
  const Subdivision subdivision(grid.points.size(), grid.triangles, 2);
  EXPECT_EQ(subdivision.triangles().size(), grid.triangles.size() * 16);
  std::vector<cv::Point3f> fine(subdivision.points());
  subdivision.smooth(grid.points, fine);
  for (const cv::Point3f &p : fine) EXPECT_NEAR(p.z, 2 * p.x - p.y, 1e-5);
  const auto uv = subdivision.linear(grid.uv);
  ASSERT_EQ(uv.size(), fine.size());
  for (std::size_t i = 0; i < grid.uv.size(); ++i) EXPECT_EQ(uv[i], grid.uv[i]);
  std::vector<cv::Point3f> up(fine.size());
  normals(fine, subdivision.triangles(), up);
  for (const cv::Point3f &n : up) EXPECT_NEAR(n.dot(n), 1, 1e-4);
}

TEST(Shadows, BehindOccluder) {
  Lighting lighting;
  lighting.lights.push_back({{0, -1, 0}, {1, 1, 1}, 0.05f});  // from above
  const Mesh roof =
      make_grid(2, 2, [](float u, float v) { return cv::Point3f(u - 0.5f, -0.5f, v - 0.5f); });
  const Occluder occluder{roof.points, roof.triangles};
  const ShadowCaster caster(lighting, {&occluder, 1});
  const std::array<cv::Point3f, 2> points{{{0, 0.2f, 0}, {1.2f, 0.2f, 0}}},
      up{{{0, -1, 0}, {0, -1, 0}}};
  const Shadows shadows = caster.cast(points, up);
  EXPECT_LT(shadows.visibility[0][0], 0.1f);
  EXPECT_GT(shadows.visibility[0][1], 0.9f);
  EXPECT_LT(shadows.ambient_occlusion[0], shadows.ambient_occlusion[1] - 0.1f);
}

TEST(Workers, RunEachPartOnceAndRethrowErrors) {
  for (int threads : {1, 2, 5}) {
    Workers workers(threads);
    EXPECT_EQ(workers.count(), threads);
    for (int round = 0; round < 50; ++round) {
      std::vector<int> done(17, 0);
      workers.run(17, [&](int part) { ++done[static_cast<std::size_t>(part)]; });
      for (int count : done) EXPECT_EQ(count, 1);
    }
    EXPECT_THROW(workers.run(4,
                             [](int part) {
                               if (part == 2) throw std::runtime_error("part 2");
                             }),
                 std::runtime_error);
    int sum = 0;
    workers.run(1, [&](int) { ++sum; });
    EXPECT_EQ(sum, 1);
  }
}

}  // namespace
}  // namespace hyperlips::synth
