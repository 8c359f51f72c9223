// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>

#include "synth/head/face_model.hpp"
#include "synth/head/head_mesh.hpp"
#include "synth/head/landmarks.hpp"
#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

/// A Gaussian bell around a position on the face; `rx` and `ry` are its deviations.
struct Spot {
  float x, y, rx, ry;
  float operator()(const cv::Point3f &p) const {
    const float dx = (std::abs(p.x) - x) / rx, dy = (p.y - y) / ry;
    return std::exp(-0.5f * (dx * dx + dy * dy));
  }
};

// Positions on the mean face; |x| counts.
constexpr Spot kNoseTip{0, 0.235f, 0.06f, 0.07f}, kNoseWing{0.08f, 0.255f, 0.05f, 0.05f};
constexpr Spot kNose{0, 0.16f, 0.10f, 0.14f}, kBridge{0, 0.07f, 0.05f, 0.09f};
constexpr Spot kEye{0.213f, -0.005f, 0.10f, 0.06f}, kBrowPlace{0.21f, -0.13f, 0.14f, 0.05f};
constexpr Spot kMouth{0, 0.47f, 0.17f, 0.075f}, kChin{0, 0.76f, 0.14f, 0.10f};
constexpr Spot kCheek{0.28f, 0.26f, 0.12f, 0.12f}, kCheekbone{0.33f, 0.12f, 0.10f, 0.08f};
constexpr Spot kJaw{0.40f, 0.56f, 0.12f, 0.12f};
constexpr Spot kUpperLipRed{0, 0.445f, 0.13f, 0.022f}, kLowerLipRed{0, 0.51f, 0.12f, 0.03f};

/// What distinguishes a face from the mean one, in widths of the face or as a factor less 1. The
/// spreads are chosen so that faces look natural; they are not measured.
struct FaceTraits {
  float length, depth;
  float jaw_width, cheek_width, temples, forehead;
  float chin_length, chin_forward, chin_width;
  float nose_length, nose_width, nose_forward, bridge, nose_turn;
  float eye_distance, eye_size, eye_open, eye_tilt;
  float brow_height, brow_tilt;
  float mouth_width, mouth_height, upper_lip, lower_lip;
  float cheek_full, cheekbone, sag;
};

/// About normal, without extremes.
float vary(Random &random, float amount) {
  return amount * std::clamp(random.normal(), -1.9f, 1.9f);
}

FaceTraits draw_traits(Random &random, const Person &person) {
  const auto vary = [&random](float amount) { return synth::vary(random, amount); };
  const float male = 1 - 2 * person.femininity;  // -1 ... 1
  const float old = std::clamp((person.age - 30) / 45, -0.2f, 1.f);
  return {.length = vary(0.045f) + 0.01f * male,
          .depth = vary(0.05f),
          .jaw_width = vary(0.04f) + 0.03f * male,
          .cheek_width = vary(0.03f),
          .temples = vary(0.03f),
          .forehead = vary(0.07f),
          .chin_length = vary(0.022f) + 0.008f * male,
          .chin_forward = vary(0.022f),
          .chin_width = vary(0.10f) + 0.06f * male,
          .nose_length = vary(0.016f) + 0.006f * male + 0.008f * old,
          .nose_width = vary(0.12f) + 0.06f * male,
          .nose_forward = vary(0.028f),
          .bridge = vary(0.014f) + 0.006f * male,
          .nose_turn = vary(0.010f),
          .eye_distance = vary(0.010f),
          .eye_size = vary(0.06f) - 0.03f * male,
          .eye_open = vary(0.10f) - 0.08f - 0.03f * male - 0.12f * old,
          .eye_tilt = vary(0.010f) - 0.004f * male,
          .brow_height = vary(0.010f) - 0.008f * male,
          .brow_tilt = vary(0.008f),
          .mouth_width = vary(0.08f),
          .mouth_height = vary(0.010f),
          .upper_lip = vary(0.22f) - 0.10f * male - 0.25f * old,
          .lower_lip = vary(0.20f) - 0.06f * male - 0.15f * old,
          .cheek_full = vary(0.02f) - 0.01f * old,
          .cheekbone = vary(0.014f),
          .sag = 0.012f * old};
}

/// A landmark of the mean face, moved as the traits say. `lips_line` is y between the lips.
cv::Point3f shaped(const cv::Point3f &mean, const FaceTraits &t, float lips_line) {
  constexpr float kEyeX = 0.213f;  // of the middle of an eye
  const float side = mean.x < 0 ? -1.f : 1.f;
  cv::Point3f p = mean;
  p.x *= 1 + t.jaw_width * smooth_step(0.2f, 0.6f, mean.y) +
         t.cheek_width * std::exp(-8 * (mean.y - 0.25f) * (mean.y - 0.25f)) +
         t.temples * smooth_step(0.0f, 0.25f, -mean.y) + t.chin_width * kChin(mean);
  p.x += p.x * t.nose_width * (0.5f * kNose(mean) + kNoseWing(mean));
  p.x += side * t.eye_distance * kEye(mean);
  p.x += (std::abs(mean.x) - kEyeX) * side * t.eye_size * kEye(mean);
  p.x += p.x * t.mouth_width * kMouth(mean);
  p.y += (mean.y + 0.01f) * (t.eye_size + t.eye_open) * kEye(mean);
  p.y += (std::abs(mean.x) - kEyeX) / 0.09f * t.eye_tilt * kEye(mean);
  p.y += (-t.brow_height + t.brow_tilt * (std::abs(mean.x) - 0.2f) / 0.1f) * kBrowPlace(mean);
  p.y += t.nose_length * kNoseTip(mean) + t.nose_length * 0.8f * kNoseWing(mean) -
         t.nose_turn * kNoseTip(mean);
  p.y += t.mouth_height * kMouth(mean) + t.chin_length * smooth_step(0.55f, 0.8f, mean.y);
  p.y += (mean.y - lips_line) *
         (mean.y < lips_line ? t.upper_lip * kUpperLipRed(mean) : t.lower_lip * kLowerLipRed(mean));
  p.y += t.sag * (kCheek(mean) + kJaw(mean));
  p.z -= t.nose_forward * kNoseTip(mean) + 0.6f * t.nose_forward * kNose(mean) +
         t.bridge * kBridge(mean);
  p.z -=
      t.chin_forward * kChin(mean) + t.cheek_full * kCheek(mean) + t.cheekbone * kCheekbone(mean);
  p.z *= 1 + t.depth;
  p.y *= 1 + t.length + (mean.y < -0.15f ? t.forehead * smooth_step(0.15f, 0.35f, -mean.y) : 0.f);
  return p;
}

/// Small displacements of random areas: no face is quite symmetric.
void add_asymmetry(Random &random, Landmarks &face) {
  constexpr int kAreas = 6;
  constexpr float kRadius = 0.18f;
  for (int k = 0; k < kAreas; ++k) {
    const cv::Point2f center(random.uniform(-0.4f, 0.4f), random.uniform(-0.25f, 0.75f));
    const cv::Point3f shift(vary(random, 0.0045f), vary(random, 0.0045f), vary(random, 0.006f));
    for (cv::Point3f &p : face) {
      const float dx = (p.x - center.x) / kRadius, dy = (p.y - center.y) / kRadius;
      p += shift * std::exp(-0.5f * (dx * dx + dy * dy));
    }
  }
}

}  // namespace

Landmarks make_face_shape(std::uint64_t seed, const Person &person) {
  Random random(seed, kStreamShape);
  const FaceTraits traits = draw_traits(random, person);
  const float lips_line =
      0.5f * (kMeanFace[landmark::kUpperLipInner].y + kMeanFace[landmark::kLowerLipInner].y);
  Landmarks face;
  for (std::size_t i = 0; i < kLandmarks; ++i) face[i] = shaped(kMeanFace[i], traits, lips_line);
  add_asymmetry(random, face);
  return face;
}

}  // namespace hyperlips::synth
