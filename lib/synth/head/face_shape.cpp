// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>

#include "synth/head/landmarks.hpp"
#include "synth/head/face_model.hpp"
#include "synth/head/head_mesh.hpp"
#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

/// 1 at a place of the face, fading to 0 within about twice the radii.
struct Spot {
  float x, y, rx, ry;
  float operator()(const cv::Point3f &p) const {
    const float dx = (std::abs(p.x) - x) / rx, dy = (p.y - y) / ry;
    return std::exp(-0.5f * (dx * dx + dy * dy));
  }
};

// Places at the mean face; |x| counts.
constexpr Spot kNoseTip{0, 0.235f, 0.06f, 0.07f}, kNoseWing{0.08f, 0.255f, 0.05f, 0.05f};
constexpr Spot kNose{0, 0.16f, 0.10f, 0.14f}, kBridge{0, 0.07f, 0.05f, 0.09f};
constexpr Spot kEye{0.213f, -0.005f, 0.10f, 0.06f}, kBrowPlace{0.21f, -0.13f, 0.14f, 0.05f};
constexpr Spot kMouth{0, 0.47f, 0.17f, 0.075f}, kChin{0, 0.76f, 0.14f, 0.10f};
constexpr Spot kCheek{0.28f, 0.26f, 0.12f, 0.12f}, kCheekbone{0.33f, 0.12f, 0.10f, 0.08f};
constexpr Spot kJaw{0.40f, 0.56f, 0.12f, 0.12f};
constexpr Spot kUpperLipRed{0, 0.445f, 0.13f, 0.022f}, kLowerLipRed{0, 0.51f, 0.12f, 0.03f};

}  // namespace

Landmarks make_face_shape(std::uint64_t seed, const Person &person) {
  Random random(seed, kStreamShape);
  // About normal, without monsters.
  const auto vary = [&random](float amount) {
    return amount * std::clamp(random.normal(), -1.9f, 1.9f);
  };
  const float male = 1 - 2 * person.femininity;  // -1 ... 1
  const float old = std::clamp((person.age - 30) / 45, -0.2f, 1.f);

  const float length = vary(0.045f) + 0.01f * male, depth = vary(0.05f);
  const float jaw_width = vary(0.04f) + 0.03f * male, cheek_width = vary(0.03f);
  const float temples = vary(0.03f), forehead = vary(0.07f);
  const float chin_length = vary(0.022f) + 0.008f * male, chin_forward = vary(0.022f);
  const float chin_width = vary(0.10f) + 0.06f * male;
  const float nose_length = vary(0.016f) + 0.006f * male + 0.008f * old,
              nose_width = vary(0.12f) + 0.06f * male;
  const float nose_forward = vary(0.028f), bridge = vary(0.014f) + 0.006f * male,
              nose_turn = vary(0.010f);
  const float eye_distance = vary(0.010f), eye_size = vary(0.06f) - 0.03f * male;
  const float eye_open = vary(0.10f) - 0.08f - 0.03f * male - 0.12f * old,
              eye_tilt = vary(0.010f) - 0.004f * male;
  const float brow_height = vary(0.010f) - 0.008f * male, brow_tilt = vary(0.008f);
  const float mouth_width = vary(0.08f), mouth_height = vary(0.010f);
  const float upper_lip = vary(0.22f) - 0.10f * male - 0.25f * old,
              lower_lip = vary(0.20f) - 0.06f * male - 0.15f * old;
  const float cheek_full = vary(0.02f) - 0.01f * old, cheekbone = vary(0.014f);
  const float sag = 0.012f * old;

  Landmarks face = kMeanFace;
  const float lips_line =
      0.5f * (kMeanFace[landmark::kUpperLipInner].y + kMeanFace[landmark::kLowerLipInner].y);
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const cv::Point3f &mean = kMeanFace[i];
    const float side = mean.x < 0 ? -1.f : 1.f;
    cv::Point3f p = mean;
    p.x *= 1 + jaw_width * smooth_step(0.2f, 0.6f, mean.y) +
           cheek_width * std::exp(-8 * (mean.y - 0.25f) * (mean.y - 0.25f)) +
           temples * smooth_step(0.0f, 0.25f, -mean.y) + chin_width * kChin(mean);
    p.x += p.x * nose_width * (0.5f * kNose(mean) + kNoseWing(mean));
    p.x += side * eye_distance * kEye(mean);
    p.x += (std::abs(mean.x) - 0.213f) * side * eye_size * kEye(mean);
    p.x += p.x * mouth_width * kMouth(mean);
    p.y += (mean.y + 0.01f) * (eye_size + eye_open) * kEye(mean);
    p.y += (std::abs(mean.x) - 0.213f) / 0.09f * eye_tilt * kEye(mean);
    p.y += (-brow_height + brow_tilt * (std::abs(mean.x) - 0.2f) / 0.1f) * kBrowPlace(mean);
    p.y += nose_length * kNoseTip(mean) + nose_length * 0.8f * kNoseWing(mean) -
           nose_turn * kNoseTip(mean);
    p.y += mouth_height * kMouth(mean) + chin_length * smooth_step(0.55f, 0.8f, mean.y);
    p.y += (mean.y - lips_line) *
           (mean.y < lips_line ? upper_lip * kUpperLipRed(mean) : lower_lip * kLowerLipRed(mean));
    p.y += sag * (kCheek(mean) + kJaw(mean));
    p.z -=
        nose_forward * kNoseTip(mean) + 0.6f * nose_forward * kNose(mean) + bridge * kBridge(mean);
    p.z -= chin_forward * kChin(mean) + cheek_full * kCheek(mean) + cheekbone * kCheekbone(mean);
    p.z *= 1 + depth;
    p.y *= 1 + length + (mean.y < -0.15f ? forehead * smooth_step(0.15f, 0.35f, -mean.y) : 0.f);
    face[i] = p;
  }
  // Nobody is quite symmetric.
  constexpr int kUneven = 6;
  for (int k = 0; k < kUneven; ++k) {
    const cv::Point2f center(random.uniform(-0.4f, 0.4f), random.uniform(-0.25f, 0.75f));
    const cv::Point3f shift(vary(0.0045f), vary(0.0045f), vary(0.006f));
    for (cv::Point3f &p : face) {
      const float dx = (p.x - center.x) / 0.18f, dy = (p.y - center.y) / 0.18f;
      p += shift * std::exp(-0.5f * (dx * dx + dy * dy));
    }
  }
  return face;
}

}  // namespace hyperlips::synth
