// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/landmarks.hpp"
#include "synth/head/scalp.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

#include "synth/head/head_mesh.hpp"
#include "synth/render/interpolation.hpp"
#include "synth/render/raster.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr int kSkinMap = 128;
constexpr float kSkinReach = 2.7f;  // radians; beyond it the map is too distorted
constexpr float kFarthest = 0.70f;  // maximum distance of skin under hair
constexpr float kTilt = 0.35f;      // of the crown behind the top, radians
const float kUp = std::cos(kTilt), kBack = std::sin(kTilt);

float length(cv::Point2f p) { return std::sqrt(p.dot(p)); }

cv::Point2f unit(cv::Point2f p) { return p * (1 / std::max(1e-6f, length(p))); }

/// Longitude around the crown, 0 front ... pi back.
float longitude(cv::Point2f place) { return std::atan2(std::abs(place.x), place.y); }

cv::Mat map_skin(const Landmarks &face) {
  cv::Mat skin(kSkinMap, kSkinMap, CV_32FC1, cv::Scalar(0));
  const auto points = make_head(face);
  std::vector<cv::Point3f> placed;  // in texels, with the distance
  for (const cv::Point3f &p : points) {
    const cv::Point2f at = Scalp::map(p) * (kSkinMap / 2 / kSkinReach);
    placed.emplace_back(at.x + kSkinMap / 2, at.y + kSkinMap / 2,
                        static_cast<float>(cv::norm(p - kSkullCenter)));
  }
  for (const Triangle &t : head_triangles()) {
    const cv::Point3f a = placed[t[0]], b = placed[t[1]], c = placed[t[2]];
    const float widest = std::max({a.x, b.x, c.x}) - std::min({a.x, b.x, c.x});
    if (widest > kSkinMap / 4) continue;
    rasterize_triangle(a, b, c, skin.size(), 1e-4f, [&](int x, int y, float distance) {
      float &r = skin.at<float>(y, x);
      r = std::max(r, std::min(kFarthest, distance));
    });
  }
  for (int y = 0; y < kSkinMap; ++y) {
    for (int x = 0; x < kSkinMap; ++x) {
      float &r = skin.at<float>(y, x);
      if (r > 0) continue;
      const cv::Point3f d = Scalp::direction(
          cv::Point2f(static_cast<float>(x - kSkinMap / 2), static_cast<float>(y - kSkinMap / 2)) *
          (kSkinReach * 2 / kSkinMap));
      r = 1 / static_cast<float>(cv::norm(
                  cv::Vec3f(d.x / kSkullRadii.x, d.y / kSkullRadii.y, d.z / kSkullRadii.z)));
    }
  }
  cv::GaussianBlur(skin, skin, {}, 1.2);
  return skin;
}

}  // namespace

Scalp::Scalp(const Landmarks &face, const HairStyle &style)
    : style_(style),
      skin_(map_skin(face)),
      forehead_(length(map(face[landmark::kForeheadTop])) - style.forehead) {}

cv::Point2f Scalp::map(cv::Point3f point) {
  point -= kSkullCenter;
  point *= 1 / static_cast<float>(cv::norm(point));
  const float up = -kUp * point.y + kBack * point.z, front = -kBack * point.y - kUp * point.z;
  const float flat = std::hypot(point.x, front);
  return cv::Point2f(point.x, front) * (std::atan2(flat, up) / std::max(1e-6f, flat));
}

cv::Point3f Scalp::direction(cv::Point2f place) {
  const float angle = length(place), flat = angle > 1e-6f ? std::sin(angle) / angle : 1;
  const float up = std::cos(angle), front = place.y * flat;
  return {place.x * flat, -kUp * up - kBack * front, kBack * up - kUp * front};
}

cv::Point3f Scalp::over(cv::Point2f place, float lift) const {
  const auto texel = [](float at) {
    return std::clamp(at * (kSkinMap / 2 / kSkinReach) + kSkinMap / 2, 0.f, kSkinMap - 1.01f);
  };
  const float x = texel(place.x), y = texel(place.y);
  const int i = static_cast<int>(x), j = static_cast<int>(y);
  const float fx = x - static_cast<float>(i), fy = y - static_cast<float>(j);
  const float r = lerp(lerp(skin_.at<float>(j, i), skin_.at<float>(j, i + 1), fx),
                       lerp(skin_.at<float>(j + 1, i), skin_.at<float>(j + 1, i + 1), fx), fy);
  return kSkullCenter + direction(place) * (r + lift);
}

float Scalp::inside(cv::Point2f place) const {
  struct Knot {
    float angle, reach;
  };
  const float up = forehead_, back = style_.recession, burns = style_.sideburns,
              framed = style_.length > 0 ? 1.f : 0.f;  // long hair covers the temples
  const std::array<Knot, 12> knots{{{0, up - 0.25f * back},
                                    {0.38f, up + 0.01f + 0.02f * framed - 0.75f * back},
                                    {0.68f, up + 0.08f + 0.09f * framed - back},
                                    {0.92f, 1.60f + 0.10f * framed - 0.6f * back},
                                    {1.12f, 1.68f + 0.12f * framed - 0.1f * back},
                                    {1.27f, burns - 0.03f},
                                    {1.43f, burns},
                                    {1.55f, 1.66f},
                                    {1.80f, 1.62f},
                                    {2.03f, 1.92f},
                                    {2.4f, 2.13f},
                                    {kPi + 0.01f, 2.16f}}};
  const float at = longitude(place);
  std::size_t i = 0;
  while (i + 2 < knots.size() && at > knots[i + 1].angle) ++i;
  return lerp(knots[i].reach, knots[i + 1].reach,
              smooth_step(knots[i].angle, knots[i + 1].angle, at)) -
         length(place);
}

float Scalp::topness(cv::Point2f place) {
  return 1 - smooth_step(0.55f, 1.15f, std::hypot(place.x, 0.8f * std::min(0.f, place.y + 0.2f)));
}

float Scalp::growth(cv::Point2f place) const {
  const float from_crown = length(place - cv::Point2f(0, 0.25f));
  const float bald = style_.crown * (1 - smooth_step(0.75f, 1.1f, from_crown)) +
                     style_.crown * smooth_step(0, 0.4f, place.y) *
                         (1 - smooth_step(0.75f, 1.0f, std::abs(place.x)));
  return std::clamp(1 - 1.3f * bald, 0.f, 1.f) * lerp(style_.sides, 1.f, topness(place));
}

float Scalp::from_parting(cv::Point2f place) const {
  if (style_.combed != Combed::Parted || style_.curl > 0.8f) return 9;
  const float behind = std::max(0.f, 1.2f - place.y);
  return std::hypot(place.x - style_.parting * (0.75f + 0.25f * place.y), 0.3f * behind);
}

float Scalp::overhang(cv::Point2f place) const {
  const float front = 1 - smooth_step(0.62f, 0.95f, longitude(place));
  return 0.015f + style_.fringe * front + 0.12f * style_.curl * style_.top_volume;
}

float Scalp::lift(cv::Point2f place) const {
  const float d = inside(place), top = topness(place);
  const float front = 1 - smooth_step(0.5f, 0.9f, longitude(place));
  float volume = lerp(style_.side_volume, style_.top_volume, top);
  volume *= 0.4f + 0.6f * growth(place);
  float steep = lerp(0.30f, 0.22f, top);
  if (style_.combed == Combed::Up) {
    volume *= 1 + 0.5f * front * smooth_step(0.3f, 1.1f, place.y);
    steep = 0.20f;
  }
  if (style_.curl > 0.8f) steep = lerp(0.34f, 0.2f, top);
  const float hang = style_.fringe * front;
  // Short hair is flat in front of and above the ears.
  if (style_.length == 0)
    volume *= 1 - 0.85f * smooth_step(1.4f, 1.7f, length(place)) *
                      (1 - smooth_step(1.8f, 2.2f, longitude(place)));
  const float rise = smooth_step(-0.3f * steep - hang, steep, d);
  const float parting = from_parting(place);
  volume *= 1 - 0.7f * std::exp(-parting * parting / 0.015f);
  return 0.004f + volume * rise + (hang > 0.02f ? 0.016f * smooth_step(-hang - 0.1f, 0, d) : 0);
}

cv::Point2f Scalp::flow(cv::Point2f place) const {
  const float down = smooth_step(0.5f, 1.25f, length(place));
  const cv::Point2f outwards = unit(place - cv::Point2f(0, -0.1f) * (1 - down));
  const float side = smooth_step(0.5f, 1.1f, std::abs(place.x));
  switch (style_.combed) {
    case Combed::Tied:
      return unit(cv::Point2f(0, style_.bun ? -0.35f : -1.3f) - place);
    case Combed::Back:
      return unit(lerp(cv::Point2f(0, -1), unit(outwards + cv::Point2f(0, -0.7f)), side));
    case Combed::Up: {
      const float front = smooth_step(0.2f, 0.9f, place.y) * (1 - side);
      return unit(lerp(outwards, cv::Point2f(0.25f * style_.sweep, -1), front));
    }
    case Combed::Parted: {
      const float away = place.x - style_.parting > 0 ? 1.f : -1.f;
      const float behind = smooth_step(-0.1f, -0.6f, place.y);
      const cv::Point2f over(away, style_.length > 0 ? -0.25f : -0.45f);
      return unit(lerp(over, outwards, std::max(0.85f * down * side, behind)));
    }
    case Combed::Forward:
      break;
  }
  const float front = smooth_step(0.5f, 1.0f, place.y) * (1 - side);
  return unit(outwards + cv::Point2f(style_.sweep, 0) * front);
}

}  // namespace hyperlips::synth
