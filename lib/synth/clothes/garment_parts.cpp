// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/clothes/garment_parts.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

/// Lifts a point of the front half that is inside the torso out of it.
cv::Point3f rest_on(const Torso &torso, float angle, cv::Point3f p, float lift) {
  if (std::cos(angle) > 0 && std::abs(p.x) < torso.half_width(p.y)) {
    const float front = torso.at(torso.angle_of(p.x, p.y), p.y).z - lift;
    p.z = std::min(p.z, front);
  }
  return p;
}

/// The neckline's point at an angle from the front.
float neckline_y(const Torso &torso, const Neckline &line, float angle) {
  const float c = std::cos(angle);
  if (c <= 0) return line.side_y + 0.04f * c;
  float low = 0.95f, high = line.front_y + 0.02f;
  for (int i = 0; i < 24; ++i) {
    const float y = 0.5f * (low + high);
    (line.below(torso.half_width(y) * std::sin(angle), y) > 0 ? high : low) = y;
  }
  return low;
}

}  // namespace

Mesh make_band(const Torso &torso, const Neckline &neckline, float width, float thickness) {
  constexpr int kAlong = 120, kAcross = 8;
  constexpr float kReach = 1.9f;
  std::vector<cv::Point3f> line(kAlong + 1), outwards(kAlong + 1), down(kAlong + 1);
  for (int i = 0; i <= kAlong; ++i) {
    // More points at the front, where a V turns.
    const float t = 2 * static_cast<float>(i) / kAlong - 1;
    const float angle = kReach * (0.35f * t + 0.65f * t * t * t);
    const float y = neckline_y(torso, neckline, angle);
    line[static_cast<std::size_t>(i)] = torso.at(angle, y);
    outwards[static_cast<std::size_t>(i)] = torso.out(angle, y);
  }
  for (int i = 0; i <= kAlong; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const cv::Point3f along = line[static_cast<std::size_t>(std::min(i + 1, kAlong))] -
                              line[static_cast<std::size_t>(std::max(i - 1, 0))];
    cv::Point3f d = outwards[k].cross(along) * -1;
    d *= 1 / std::max(1e-6f, std::sqrt(d.dot(d)));
    if (d.y < 0) d *= -1;
    down[k] = d;
  }
  return make_grid(kAlong, kAcross, [&](float u, float v) {
    const auto k = static_cast<std::size_t>(std::lround(u * kAlong));
    const float s = 2 * v - 1;
    const float height = thickness * (std::sqrt(std::max(0.f, 1 - s * s * s * s)) * 1.4f - 0.4f);
    return line[k] + down[k] * (width * v - 0.004f) + outwards[k] * height;
  });
}

Mesh make_collar(const Torso &torso, float opening, float spread, float point_length) {
  constexpr int kAlong = 48, kAcross = 14;
  constexpr float kStand = 0.25f;  // of v: the part inside
  const auto fold = [&](float angle, float lower, float wider) {
    const float front = 0.5f + 0.5f * std::cos(angle);  // 1 at the front
    const float y = 1.0f + 0.25f * front * front + lower;
    const NeckRing neck = neck_under(y);
    return cv::Point3f((neck.half_width + wider) * std::sin(angle), y,
                       neck.z - (neck.half_depth + wider) * std::cos(angle));
  };
  const float open = smooth_step(0.2f, 0.6f, opening);
  Mesh both;
  for (float side : {-1.f, 1.f}) {
    append(both, make_grid(kAlong, kAcross, [&](float u, float v) {
             const float to_front = side > 0 ? 1 - u : u;
             const float angle = side * (kPi + (opening - kPi) * to_front);
             const float lower = 0.10f * open * to_front * to_front * to_front;
             const cv::Point3f edge = fold(angle, lower, 0.042f + 0.02f * open);
             if (v < kStand) {
               const float inside = 1 - v / kStand;
               const cv::Point3f foot =
                   fold(angle, lower + 0.10f * inside * (1 - std::pow(to_front, 4.f)), 0.034f);
               return rest_on(torso, angle, lerp(edge, foot, smooth_step(0, 0.3f, inside)), 0.006f);
             }
             const float w = (v - kStand) / (1 - kStand);
             const cv::Point3f outwards(std::sin(angle), 0, -std::cos(angle));
             const cv::Point3f tip(side * spread, edge.y + point_length, edge.z);
             const cv::Point3f hem = lerp(edge + outwards * 0.11f + cv::Point3f(0, 0.17f, 0), tip,
                                          smooth_step(0.45f, 1.f, to_front));
             const cv::Point3f p =
                 lerp(edge, hem, w) + outwards * (0.035f * std::sin(kPi * std::sqrt(w)));
             return rest_on(torso, angle, p, 0.022f + 0.02f * (1 - w));
           }));
  }
  return both;
}

float JacketFront::edge(float y) const {
  const float t = std::clamp((y - top_y) / (button_y - top_y), 0.f, 1.f);
  return lerp(top_x, button_x, t + 0.16f * std::sin(kPi * t));
}

Mesh make_lapels(const Torso &torso, const JacketFront &front) {
  constexpr int kAlong = 90, kAcross = 10;
  Mesh both;
  for (float side : {-1.f, 1.f}) {
    Mesh lapel = make_grid(kAcross, kAlong, [&](float across, float down) {
      const float y = lerp(front.top_y - 0.01f, front.button_y, down);
      // Collar above the notch, lapel below it.
      const float t = (y - front.notch_y) / (front.button_y - front.notch_y);
      const float collar =
          lerp(0.16f, 0.72f * front.lapel,
               smooth_step(0, 1, (y - front.top_y) / (front.notch_y - front.top_y)));
      const float below = front.lapel * (1 - std::pow(std::clamp(t, 0.f, 1.f), 1.7f));
      const float width = lerp(collar, below, smooth_step(-0.012f, 0.012f, t));
      const float w = side > 0 ? across : 1 - across;
      const float x = front.edge(y) + width * w;
      // The peak of the lapel points up.
      const float lifted_y = y - 0.07f * w * (1 - smooth_step(0, 0.12f, std::abs(t)));
      const float angle = torso.angle_of(side * x, lifted_y);
      const float roll =
          std::sqrt(std::max(0.f, 1 - (1 - std::min(1.f, 5 * w)) * (1 - std::min(1.f, 5 * w))));
      return torso.at(angle, lifted_y) + torso.out(angle, lifted_y) * (0.012f + 0.030f * roll);
    });
    for (cv::Point2f &uv : lapel.uv) uv = {uv.y, side > 0 ? uv.x : 1 - uv.x};
    append(both, lapel);
  }
  return both;
}

Mesh make_tie(const Torso &torso, float half_width) {
  constexpr int kAlong = 60, kAcross = 8;
  constexpr float kTop = 1.27f, kKnot = 1.45f, kBottom = 3.2f;
  Mesh tie = make_grid(kAcross, kAlong, [&](float across, float down) {
    const float y = kTop + (kBottom - kTop) * down * (0.5f + 0.5f * down);
    const float x = 2 * across - 1;
    const float knot = 1 - smooth_step(kKnot - 0.015f, kKnot + 0.015f, y);
    const float in_knot = (y - kTop) / (kKnot - kTop);
    const float half = lerp(lerp(0.052f, half_width, smooth_step(kKnot, 2.7f, y)),
                            lerp(0.088f, 0.058f, in_knot), knot);
    const float round = std::sqrt(std::max(0.f, 1 - x * x));
    const NeckRing neck = neck_under(y);
    const float on_neck = neck.z - neck.half_depth;
    const float base = std::min(torso.at(torso.angle_of(half * x, y), y).z, on_neck - 0.02f * knot);
    const float dimple =
        0.012f * std::exp(-30 * x * x) * std::exp(-8 * std::max(0.f, y - kKnot)) * (1 - knot);
    return cv::Point3f(half * x, y, base - 0.012f - round * (0.02f + 0.05f * knot) + dimple);
  });
  for (cv::Point2f &uv : tie.uv) uv = {uv.y, uv.x};
  return tie;
}

Mesh make_hood(const Torso &torso, Random &random) {
  constexpr int kAround = 96, kRound = 20;
  const float thick = random.uniform(0.085f, 0.13f), droop = random.uniform(1.42f, 1.58f);
  const float wave = random.uniform(0, 6), fold = random.uniform(0.1f, 0.25f);
  return make_grid(kAround, kRound, [&](float u, float v) {
    const float angle = (2 * u - 1) * 2.5f;
    const float front = std::exp(-2.6f * angle * angle);
    const float y = lerp(1.10f, droop, front) - 0.05f * smooth_step(1.6f, 2.5f, std::abs(angle));
    const float radius =
        thick * (1 - 0.45f * front) * (1 + fold * std::sin(5 * angle + wave) * 0.35f);
    const NeckRing neck = neck_under(std::min(y, 1.3f));
    const float wide = neck.half_width + 0.03f + radius * 0.95f;
    const float deep = neck.half_depth + 0.03f + radius * 0.9f;
    // Around the neck, narrower where both ends meet at the front.
    cv::Point3f center(wide * std::sin(angle) * (1 - 0.1f * front), y,
                       neck.z - deep * std::cos(angle));
    const float half = torso.half_width(y);
    if (std::cos(angle) > 0 && std::abs(center.x) < half)
      center.z = std::min(center.z, torso.at(torso.angle_of(center.x, y), y).z - 0.1f * radius);
    const cv::Point3f outwards(std::sin(angle), 0, -std::cos(angle));
    // From inside over the top to the outer foot.
    const float turn = kPi * (1.4f * v - 0.2f);
    return center - outwards * (1.25f * radius * std::cos(turn)) -
           cv::Point3f(0, radius * std::sin(turn), 0);
  });
}

Mesh make_cords(const Torso &torso, Random &random) {
  constexpr int kRound = 8, kAlong = 30;
  Mesh both;
  for (float side : {-1.f, 1.f}) {
    const float length = random.uniform(0.45f, 0.75f), sway = random.uniform(-0.06f, 0.06f);
    append(both, make_grid(kRound, kAlong, [&](float u, float v) {
             const float y = 1.47f + length * v;
             const float x = side * (0.16f + 0.02f * v) + sway * v * v;
             const float angle = (1 - 2 * u) * kPi;
             const float radius = v > 0.93f ? 0.019f : 0.014f;
             const cv::Point3f on = torso.at(torso.angle_of(x, y), y);
             return cv::Point3f(
                 on.x - std::sin(angle) * radius, y,
                 on.z - 0.018f - 0.03f * (1 - smooth_step(0, 0.2f, v)) - std::cos(angle) * radius);
           }));
  }
  return both;
}

Mesh make_roll_neck(float top, float bottom, float thickness) {
  constexpr int kAround = 96, kRows = 16;
  return make_grid(kAround, kRows, [&](float u, float v) {
    const float angle = (2 * u - 1) * kPi;
    const float front = 0.5f + 0.5f * std::cos(angle);
    const float from = top + 0.05f * front, to = bottom - 0.05f + 0.15f * front;
    // Over the edge, down outside, and back in below.
    const float t = std::max(0.f, (v - 0.12f) / 0.88f);
    const float y = v < 0.12f ? from + 0.04f * (1 - v / 0.12f) : lerp(from, to, t);
    const float bulge =
        v < 0.12f
            ? 0.4f * std::sqrt(v / 0.12f)
            : 0.4f +
                  0.6f * std::sqrt(std::max(0.f, std::sin(kPi * std::min(1.f, 0.12f + 0.88f * t))));
    const NeckRing neck = neck_under(y);
    const float out = 0.022f + thickness * bulge - 0.03f * smooth_step(0.93f, 1, v);
    return cv::Point3f((neck.half_width + out) * std::sin(angle), y,
                       neck.z - (neck.half_depth + out) * std::cos(angle));
  });
}

}  // namespace hyperlips::synth
