// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/ears.hpp"
#include "synth/head/landmarks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "synth/head/face_model.hpp"
#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr int kAround = 56, kAcross = 22;
constexpr float kFrontPart = 0.8f;  // of the rows; the others are the back, into the head

/// The shape of one ear. Lengths are in widths of the face, angles in radians.
struct EarShape {
  float height, width;  // factors
  float stand_out, tilt;
  float lobe;       // how far it hangs, 0 ... 1
  float rim;        // of the helix, factor
  float antihelix;  // factor
  float drop;       // against the mean ear
};

/// Wraps to -pi ... pi.
float wrapped(float angle) { return std::remainder(angle, 2 * kPi); }

/// The outline around the concha, in the ear's plane: x towards the back of the head, y down. The
/// angle is 0 at the back and grows downwards.
float radius_at(float angle, const EarShape &shape) {
  // Every 30 degrees from the back over the lobe, the cheek and the top.
  const std::array<float, 12> kRadii{0.142f,
                                     0.146f,
                                     0.158f + 0.006f * shape.lobe,
                                     0.174f + 0.030f * shape.lobe,
                                     0.148f + 0.014f * shape.lobe,
                                     0.105f,
                                     0.088f,
                                     0.112f,
                                     0.180f,
                                     0.218f,
                                     0.206f,
                                     0.166f};
  const float place = (angle < 0 ? angle + 2 * kPi : angle) / (2 * kPi) * 12;
  const int k = static_cast<int>(place);
  const float t = place - static_cast<float>(k);
  const auto at = [&](int i) { return kRadii[static_cast<std::size_t>((i + 12) % 12)]; };
  return catmull_rom(at(k - 1), at(k), at(k + 1), at(k + 2), t);
}

/// Height of the front over the ear's plane, `r` from 0 in the concha to 1 at the rim.
float relief(float r, float angle, const EarShape &shape) {
  const float degrees = angle * 180 / kPi;  // -180 ... 180; -90 is the top
  const auto from_to = [&](float from, float to, float soft) {
    return smooth_step(from - soft, from + soft, degrees) *
           (1 - smooth_step(to - soft, to + soft, degrees));
  };
  // The helix runs from the cheek over the top down to the lobe; it begins in the concha.
  const float helix = from_to(-165, 48, 14);
  const float front_start = bump(wrapped(angle + 2.75f), 0.30f);
  const float antihelix = from_to(-75, 62, 20), lobe = from_to(62, 128, 16);
  float h = 0.020f * r * r;
  h += helix * shape.rim * (0.036f * bump(r - 0.925f, 0.060f) - 0.012f * bump(r - 0.79f, 0.055f));
  h += 0.018f * front_start * bump(r - 0.55f, 0.20f);
  const float fork = smooth_step(-35, -75, degrees) * 0.10f;
  h += antihelix * shape.antihelix * (0.034f * bump(r - 0.58f - fork, 0.095f + 0.2f * fork));
  h -= 0.058f * (1 - smooth_step(0.22f, 0.52f, r)) * (1 - 0.5f * from_to(-140, -60, 25));
  h -= 0.016f * from_to(-125, -70, 16) * bump(r - 0.55f, 0.13f);               // between the crura
  h += 0.046f * bump(wrapped(angle - 3.02f), 0.36f) * bump(r - 0.56f, 0.20f);  // tragus
  h += 0.026f * bump(wrapped(angle - 1.55f), 0.38f) * bump(r - 0.46f, 0.10f);  // antitragus
  h += lobe * 0.016f * bump(r - 0.82f, 0.17f);
  return h;
}

/// The ear at the picture's right. `occlusion` gets a value for each point.
Mesh make_ear(const EarShape &shape, const cv::Point3f &cheek, std::vector<float> &occlusion) {
  const float s = shape.stand_out, t = shape.tilt;
  // To the ear's back and outwards; down and a little forwards; away from the head.
  const cv::Point3f across(std::sin(s), 0, std::cos(s));
  cv::Point3f down(-0.06f, std::cos(t), -std::sin(t));
  down *= 1 / std::sqrt(down.dot(down));
  cv::Point3f out = down.cross(across);
  out *= 1 / std::sqrt(out.dot(out));
  if (out.x < 0) out *= -1;
  const cv::Point3f origin = cheek + cv::Point3f(0.005f, shape.drop, 0.055f);
  const cv::Point2f kConcha{0.088f, 0.010f};

  const auto place = [&](float u, float v) {
    // u runs against the angle, so that the front faces away from the head.
    const float angle = kPi - 2 * kPi * u;
    const float edge = radius_at(angle, shape);
    const float r = std::min(1.f, v / kFrontPart);
    const float behind = std::max(0.f, (v - kFrontPart) / (1 - kFrontPart));
    // Behind the rim the surface turns in and runs to the root.
    const float length =
        edge * (r * (1 + 0.02f * std::sin(behind * kPi)) - 0.55f * behind * behind);
    const cv::Point2f flat(kConcha.x + std::cos(angle) * length * shape.width,
                           (kConcha.y + std::sin(angle) * length) * shape.height);
    float height = relief(r, angle, shape);
    // The ear bends back towards the head behind the concha and at the top.
    height -= 0.35f * std::max(0.f, flat.x - 0.12f) * std::max(0.f, flat.x - 0.12f) * 3;
    height -= behind * (0.035f + 0.13f * behind);
    // At the cheek it sinks into the skin.
    const float root = smooth_step(0.045f, -0.015f, flat.x) * smooth_step(0.6f, 1.0f, r);
    height -= 0.05f * root;
    return origin + across * flat.x + down * flat.y + out * height;
  };
  Mesh ear = make_grid(kAround, kAcross, place);
  for (std::size_t i = 0; i < ear.points.size(); ++i) {
    const float angle = kPi - 2 * kPi * ear.uv[i].x, v = ear.uv[i].y;
    const float r = std::min(1.f, v / kFrontPart);
    // Points lower than their surroundings are occluded.
    float around = 0;
    constexpr int kLooks = 6;
    for (int k = 0; k < kLooks; ++k) {
      const float a = angle + (k % 2 ? 0.45f : -0.45f) * static_cast<float>(k / 2) * 0.5f;
      around += std::max(relief(std::min(1.f, r + 0.30f), a, shape),
                         relief(std::min(1.f, r + 0.15f), a, shape)) /
                kLooks;
    }
    const float depth = std::max(0.f, around - relief(r, angle, shape));
    float open = 1 / (1 + 14 * depth);
    open *= 1 - 0.45f * (1 - smooth_step(0.05f, 0.35f, r)) *
                    (0.5f + 0.5f * bump(wrapped(angle - kPi), 1.2f));
    open *= 1 - 0.45f * smooth_step(kFrontPart, 1, v);
    occlusion.push_back(std::clamp(open, 0.2f, 1.f));
  }
  return ear;
}

}  // namespace

Ears make_ears(std::uint64_t seed, const Landmarks &face) {
  Random random(seed, kStreamShape + 1000);
  const auto vary = [&random](float amount) {
    return amount * std::clamp(random.normal(), -2.f, 2.f);
  };
  EarShape shape;
  shape.height = 0.95f + vary(0.07f);
  shape.width = 1 + vary(0.07f);
  shape.stand_out = std::clamp(0.44f + vary(0.11f), 0.27f, 0.69f);
  shape.tilt = 0.16f + vary(0.06f);
  shape.lobe = std::clamp(0.5f + vary(0.4f), 0.f, 1.f);
  shape.rim = 1 + vary(0.18f);
  shape.antihelix = 1 + vary(0.18f);
  shape.drop = vary(0.015f);

  Ears ears;
  for (int side = 0; side < 2; ++side) {
    // Nearly symmetric.
    EarShape own = shape;
    own.height *= 1 + vary(0.012f);
    own.stand_out += vary(0.03f);
    own.drop += vary(0.006f);
    cv::Point3f cheek = face[side == 0 ? landmark::kFaceLeft : landmark::kFaceRight];
    cheek.x = std::abs(cheek.x);
    Mesh ear = make_ear(own, cheek, ears.occlusion);
    append(ears.mesh, side == 0 ? mirrored(ear) : ear);
  }
  for (std::size_t i = 0; i < ears.mesh.points.size(); ++i) {
    // The skin of the cheekbones, where no hair or beard grows.
    const cv::Point3f &p = ears.mesh.points[i];
    ears.mesh.uv[i] = face_uv({std::copysign(0.27f + 0.2f * p.z, p.x), 0.10f + 0.2f * p.y, -0.42f});
  }
  return ears;
}

}  // namespace hyperlips::synth
