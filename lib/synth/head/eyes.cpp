// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/eyes.hpp"
#include "synth/head/landmarks.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

#include "synth/head/face_model.hpp"
#include "synth/head/head_mesh.hpp"
#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

using landmark::kLowerLid;
using landmark::kUpperLid;
constexpr auto kLids = landmark::outline(kUpperLid, kLowerLid);
constexpr float kLidGap = 0.005f;  // of the lids' edges over the ball
constexpr float kCap = 1.25f;      // radians from the gaze that are drawn
constexpr int kTextureSize = 256;
constexpr int kLashPoints = kUpperLid.size();

/// y of the edge of a lid at x. Its corners, which do not move, are ignored.
float edge_height(std::span<const cv::Point3f> skin, int eye,
                  const std::array<std::uint16_t, 9> &lid, float x) {
  float nearest = 1e9f, y = 0;
  for (std::size_t k = 1; k + 2 < lid.size(); ++k) {
    const cv::Point3f &a = skin[of_eye(eye, lid[k])], &b = skin[of_eye(eye, lid[k + 1])];
    const float t = std::clamp((x - a.x) / (b.x - a.x), 0.f, 1.f);
    const cv::Point3f p = a + (b - a) * t;
    if (std::abs(p.x - x) < nearest) nearest = std::abs(p.x - x), y = p.y;
  }
  return y;
}

/// Vertical distances of a point from the edges of the lids, positive if it is visible.
struct LidDistance {
  float under_upper, over_lower;
};

LidDistance from_lids(std::span<const cv::Point3f> skin, int eye, const cv::Point3f &p) {
  return {p.y - edge_height(skin, eye, kUpperLid, p.x),
          edge_height(skin, eye, kLowerLid, p.x) - p.y};
}

/// How far back to move a point of the eyeball so that it does not intersect a lid, whose mesh is
/// coarser than the ball's.
float behind_lids(std::span<const cv::Point3f> skin, int eye, const cv::Point3f &p) {
  constexpr float kSlope = 1.2f;
  const auto [under, over] = from_lids(skin, eye, p);
  return kSlope * std::max({0.f, -under, -over});
}

cv::Vec3f iris_color(Random &random, const Person &person) {
  // B, G, R: brown, hazel, green, blue, gray.
  constexpr std::array<std::array<float, 3>, 6> kColors{{{0.020f, 0.045f, 0.11f},
                                                         {0.030f, 0.085f, 0.20f},
                                                         {0.045f, 0.13f, 0.19f},
                                                         {0.10f, 0.17f, 0.13f},
                                                         {0.30f, 0.20f, 0.11f},
                                                         {0.26f, 0.24f, 0.20f}}};
  const bool dark = person.melanin > 0.45f || random.chance(0.4f);
  const auto &c = kColors[dark ? random.below(2) : random.below(6)];
  return cv::Vec3f(c[0], c[1], c[2]) * (1 - 0.55f * person.melanin);
}

Texture paint(std::uint64_t seed, const Person &person) {
  Random random(seed, kStreamSkin + 1000);
  const cv::Vec3f color = iris_color(random, person);
  const float pupil = random.uniform(0.13f, 0.22f);
  const float redness = random.uniform(0.0f, 1.0f) * (0.6f + person.age / 120);
  const float yellow = random.uniform(0, 0.12f) + person.melanin * 0.12f;
  // Spokes of the iris.
  constexpr int kSpokes = 128;
  std::array<float, kSpokes> spokes;
  for (float &spoke : spokes) spoke = random.uniform(0.55f, 1.5f);
  std::array<float, kSpokes> inner;
  for (float &spoke : inner) spoke = random.uniform(0.6f, 1.4f);
  cv::Mat albedo(kTextureSize, kTextureSize, CV_32FC3),
      gloss(albedo.size(), CV_32FC1, cv::Scalar(1));
  const float iris_angle = std::asin(kIrisRadius / kEyeRadius);
  for (int y = 0; y < kTextureSize; ++y) {
    for (int x = 0; x < kTextureSize; ++x) {
      const float dx = (static_cast<float>(x) + 0.5f) / kTextureSize * 2 - 1;
      const float dy = (static_cast<float>(y) + 0.5f) / kTextureSize * 2 - 1;
      const float off = std::hypot(dx, dy) * kCap;  // radians from the gaze
      const float r = off / iris_angle;             // 1 at the iris' edge
      const float turn = (std::atan2(dy, dx) / std::numbers::pi_v<float> + 1) / 2 * kSpokes;
      const int k = static_cast<int>(turn) % kSpokes;
      const float f = turn - std::floor(turn);
      const float spoke = lerp(spokes[k], spokes[(k + 1) % kSpokes], f);
      const float collar = lerp(inner[k], inner[(k + 1) % kSpokes], f);
      cv::Vec3f white(0.40f - yellow * 0.4f, 0.43f, 0.46f);
      const float pink = redness * smooth_step(0.5f, 1.2f, off) + 0.15f;
      white = white.mul(cv::Vec3f(1 - 0.38f * pink, 1 - 0.34f * pink, 1 - 0.04f * pink));
      cv::Vec3f iris = color * (spoke * (0.75f + 0.5f * r));
      iris = lerp(iris, cv::Vec3f(color[0] * 0.9f, color[1] * 1.25f, color[2] * 1.6f) * collar,
                  0.6f * smooth_step(0.7f, 0.45f, r));
      iris *= 1 - 0.6f * smooth_step(0.84f, 1.0f, r);
      iris = lerp(iris, cv::Vec3f(0.006f, 0.006f, 0.006f),
                  1 - smooth_step(pupil / 0.42f, pupil / 0.42f + 0.08f, r));
      albedo.at<cv::Vec3f>(y, x) = lerp(iris, white, smooth_step(0.94f, 1.08f, r));
    }
  }
  // Veins run from the corners towards the iris.
  const int veins = static_cast<int>(6 + 16 * redness);
  for (int i = 0; i < veins; ++i) {
    float angle =
        random.uniform(-0.7f, 0.7f) + (random.chance(0.5f) ? std::numbers::pi_v<float> : 0);
    float radius = 0.98f;
    const float strength = random.uniform(0.05f, 0.25f);
    while (radius > iris_angle / kCap * 1.15f && random.chance(0.97f)) {
      const int x = static_cast<int>((radius * std::cos(angle) + 1) / 2 * kTextureSize);
      const int y = static_cast<int>((radius * std::sin(angle) + 1) / 2 * kTextureSize);
      if (x >= 0 && y >= 0 && x < kTextureSize && y < kTextureSize) {
        auto &texel = albedo.at<cv::Vec3f>(y, x);
        texel = lerp(texel, cv::Vec3f(0.12f, 0.12f, 0.42f), strength);
      }
      radius -= 0.006f;
      angle += random.normal() * 0.015f;
    }
  }
  cv::GaussianBlur(albedo, albedo, {3, 3}, 0.7);
  return {albedo, gloss};
}

/// Hairs, dense at the lid and sparse at their tips; darker with femininity.
Texture paint_lashes(std::uint64_t seed, const Person &person) {
  Random random(seed, kStreamSkin + 3000);
  constexpr int kAlong = 256, kAcross = 24, kHairs = 90;
  cv::Mat albedo(kAcross, kAlong, CV_32FC3), opacity(kAcross, kAlong, CV_32FC1, cv::Scalar(0));
  const cv::Vec3f color = person.hair * (0.25f + 0.3f * (1 - person.femininity));
  albedo.setTo(cv::Scalar(color[0], color[1], color[2]));
  for (int i = 0; i < kHairs; ++i) {
    const float root = random.uniform(4, kAlong - 4),
                lean = (root / kAlong - 0.5f) * random.uniform(10, 26);
    const float length = random.uniform(0.55f, 1.f) * kAcross;
    cv::line(opacity, cv::Point2f(root, kAcross - 1),
             cv::Point2f(root + lean, kAcross - 1 - length), cv::Scalar(1), 1, cv::LINE_AA);
  }
  for (int y = 0; y < kAcross; ++y) {
    const float at_lid = static_cast<float>(y) / (kAcross - 1);
    for (int x = 0; x < kAlong; ++x) {
      float &value = opacity.at<float>(y, x);
      value = std::min(0.92f, std::max(value * (0.35f + 0.6f * at_lid),
                                       smooth_step(0.70f, 0.95f, at_lid) * 0.85f));
    }
  }
  return {albedo, opacity};
}

}  // namespace

Eyes::Eyes(std::uint64_t seed, const Person &person, Landmarks &face)
    : texture_(paint(seed, person)),
      lash_texture_(paint_lashes(seed, person)),
      lash_length_(0.016f + 0.012f * person.femininity) {
  constexpr int kRings = 14;
  ball_ = make_grid(40, kRings, [](float u, float v) {
    const float a = -u * 2 * std::numbers::pi_v<float>, off = v * kCap;
    return cv::Point3f(std::cos(a) * std::sin(off), std::sin(a) * std::sin(off), -std::cos(off));
  });
  for (std::size_t i = 0; i < ball_.points.size(); ++i) {
    const cv::Point3f &p = ball_.points[i];
    const float flat = std::hypot(p.x, p.y), off = std::acos(std::clamp(-p.z, -1.f, 1.f)) / kCap;
    ball_.uv[i] = flat > 0
                      ? cv::Point2f(0.5f + 0.5f * p.x / flat * off, 0.5f + 0.5f * p.y / flat * off)
                      : cv::Point2f(0.5f, 0.5f);
  }
  lashes_ = make_grid(kLashPoints - 1, 2, [](float, float) { return cv::Point3f(); });
  for (int eye = 0; eye < 2; ++eye) {
    cv::Point3f middle;
    for (auto i : kLids) middle += face[of_eye(eye, i)] * (1 / static_cast<float>(kLids.size()));
    const float reach = kEyeRadius + kLidGap;
    constexpr float kSteep = 0.88f;  // beyond this, the lids leave the ball
    const auto bulge = [&](const cv::Point3f &p) {
      const float d = std::hypot(p.x - middle.x, p.y - middle.y), edge = kSteep * reach;
      return d < edge ? std::sqrt(reach * reach - d * d)
                      : std::sqrt(reach * reach - edge * edge) - (d - edge) * 1.2f;
    };
    float z = 0;
    for (auto i : kLids) {
      const cv::Point3f &p = face[of_eye(eye, i)];
      z += (p.z + bulge(p)) / static_cast<float>(kLids.size());
    }
    for (auto i : kLids) {
      cv::Point3f &p = face[of_eye(eye, i)];
      p.z = z - bulge(p);
    }
    for (std::size_t i = 0; i < kSkinPoints; ++i) {
      cv::Point3f &p = face[i];
      if (std::hypot(p.x - middle.x, p.y - middle.y) < kSteep * reach)
        p.z = std::min(p.z, z - bulge(p));
    }
    center_[eye] = {middle.x, middle.y, z};
    const auto points = iris(eye, {});
    std::copy(points.begin(), points.end(),
              face.begin() + (eye == 0 ? landmark::kIrisLeft : landmark::kIrisRight));
  }
}

cv::Point3f Eyes::turn(cv::Point3f p, const FacePose &pose) const {
  const float cx = std::cos(pose.gaze_y), sx = std::sin(pose.gaze_y);
  const float cy = std::cos(pose.gaze_x), sy = std::sin(pose.gaze_x);
  const cv::Point3f down(p.x, cx * p.y - sx * p.z, sx * p.y + cx * p.z);
  return {cy * down.x - sy * down.z, down.y, sy * down.x + cy * down.z};
}

void Eyes::place(int eye, const FacePose &pose, std::span<const cv::Point3f> skin,
                 std::span<cv::Point3f> points) const {
  for (std::size_t i = 0; i < ball_.points.size(); ++i) {
    points[i] = center_[eye] + turn(ball_.points[i], pose) * kEyeRadius;
    points[i].z += behind_lids(skin, eye, points[i]);
  }
}

void Eyes::shade_under_lids(int eye, std::span<const cv::Point3f> skin,
                            std::span<const cv::Point3f> points,
                            std::span<ScreenVertex> vertices) const {
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Point3f &p = points[i];
    const auto [under, over] = from_lids(skin, eye, p);
    const float lit = (0.32f + 0.68f * smooth_step(-0.006f, 0.036f, under)) *
                      (0.62f + 0.38f * smooth_step(-0.004f, 0.016f, over));
    vertices[i].light *=
        0.85f * lit * (0.7f + 0.3f * smooth_step(0.1f, 0.05f, std::abs(p.x - center_[eye].x)));
  }
}

void Eyes::place_lashes(int eye, std::span<const cv::Point3f> skin,
                        std::span<cv::Point3f> points) const {
  for (int k = 0; k < kLashPoints; ++k) {
    const int along = eye == 0 ? k : kLashPoints - 1 - k;  // the grid runs to the right
    const cv::Point3f lid = skin[of_eye(eye, kUpperLid[along])];
    cv::Point3f out = lid - center_[eye];
    out *= 1 / std::max(1e-4f, static_cast<float>(std::sqrt(out.dot(out))));
    const float outer =
        1 - static_cast<float>(along) / (kLashPoints - 1);  // longer at the outer corner
    const float length = lash_length_ * (0.35f + 0.65f * smooth_step(0.0f, 0.35f, outer));
    const cv::Point3f tip = lid + (out * 0.7f + cv::Point3f(0, -0.55f, -0.4f)) * length;
    const cv::Point3f root = lid + cv::Point3f(0, 0.003f, -0.002f);
    for (int row = 0; row <= 2; ++row) {
      points[static_cast<std::size_t>(row * kLashPoints + k)] =
          lerp(tip, root, static_cast<float>(row) / 2) + cv::Point3f(0, 0, -0.004f);
    }
  }
}

std::array<cv::Point3f, 5> Eyes::iris(int eye, const FacePose &pose) const {
  const float depth = std::sqrt(1 - kIrisRadius * kIrisRadius / (kEyeRadius * kEyeRadius));
  constexpr float r = kIrisRadius / kEyeRadius;

  const std::array<cv::Point3f, 5> on_ball{
      {{0, 0, -1}, {r, 0, -depth}, {0, -r, -depth}, {-r, 0, -depth}, {0, r, -depth}}};
  std::array<cv::Point3f, 5> points;
  for (std::size_t i = 0; i < 5; ++i)
    points[i] = center_[eye] + turn(on_ball[i], pose) * kEyeRadius;
  return points;
}

Texture paint_reflection(std::uint64_t seed) {
  Random random(seed, kStreamLight + 1000);
  constexpr int kSize = 24;
  cv::Mat color(kSize, kSize, CV_32FC3, cv::Scalar::all(1)),
      opacity(kSize, kSize, CV_32FC1, cv::Scalar(0));
  const bool window = random.chance(0.5f);
  if (window) {
    const int w = 5 + random.below(5), h = 6 + random.below(5);
    cv::rectangle(opacity, cv::Rect(kSize / 2 - w, kSize / 2 - h, 2 * w, 2 * h), cv::Scalar(1),
                  cv::FILLED);
    if (random.chance(0.5f))
      cv::line(opacity, {kSize / 2, 0}, {kSize / 2, kSize}, cv::Scalar(0.2), 1);
  } else {
    cv::circle(opacity, {kSize / 2, kSize / 2}, 5 + random.below(5), cv::Scalar(1), cv::FILLED);
  }
  cv::GaussianBlur(opacity, opacity, {5, 5}, 1.2);
  return {color, opacity * random.uniform(0.55f, 0.95f)};
}

cv::Point3f Eyes::reflection(int eye, const FacePose &pose, std::span<const cv::Point3f> skin,
                             cv::Point3f towards_light) const {
  // The cornea is a sphere of smaller radius that protrudes from the eyeball.
  constexpr float kCornea = 0.62f;
  const cv::Point3f forward = turn({0, 0, -1}, pose);
  const cv::Point3f center = center_[eye] + forward * (kEyeRadius * (1.03f - kCornea));
  cv::Point3f halfway = towards_light + cv::Point3f(0, 0, -1);
  halfway *= 1 / std::sqrt(halfway.dot(halfway));
  cv::Point3f point = center + halfway * (kEyeRadius * kCornea);
  point.z += behind_lids(skin, eye, point);
  return point;
}

}  // namespace hyperlips::synth
