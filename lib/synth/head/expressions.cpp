// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/expressions.hpp"
#include "synth/head/landmarks.hpp"

#include <algorithm>
#include <cmath>
#include <array>
#include <map>

#include "synth/head/face_model.hpp"
#include "synth/head/head_mesh.hpp"

namespace hyperlips::synth {
namespace {

using namespace landmark;

// The displacements below are in widths of the face and fitted by eye.
constexpr float kChinSwing = 0.2f;  // arc of the chin at jaw 1
constexpr int kRelaxations = 400;
// Behind the jaw's joints, relative to the head.
constexpr float kHingeY = 0.18f, kHingeZ = 0.02f;
constexpr int kLipPoints = 11, kLipRings = 4;

template <typename Value>
using Fixed = std::map<std::uint16_t, Value>;

/// The harmonic field over the face that has the fixed values: the discrete Laplace equation with
/// uniform weights (each free point is the mean of its neighbors), solved by Gauss-Seidel.
template <typename Value>
std::vector<Value> spread(const Fixed<Value> &fixed) {
  const auto &neighbors = face_neighbors();
  std::vector<Value> values(kSkinPoints, Value());
  std::vector<bool> free(kSkinPoints, true);
  for (const auto &[point, value] : fixed) {
    values[point] = value;
    free[point] = false;
  }
  for (int step = 0; step < kRelaxations; ++step) {
    for (std::size_t i = 0; i < kSkinPoints; ++i) {
      if (!free[i] || neighbors[i].empty()) continue;
      Value sum = Value();
      for (auto n : neighbors[i]) sum += values[n];
      values[i] = sum * (1 / static_cast<float>(neighbors[i].size()));
    }
  }
  return values;
}

/// Fixes points that have no value yet to zero.
template <typename Value, typename Points>
void hold(Fixed<Value> &fixed, const Points &points) {
  for (std::uint16_t i : points) fixed.try_emplace(i, Value());
}

/// Fixes the points of a lip to value(ring, place along the ring), but those that have a value: the
/// corners belong to both lips.
template <typename Value, typename Function>
void fix_lip(Fixed<Value> &fixed, const LipRings &lip, Function value) {
  for (int ring = 0; ring < kLipRings; ++ring) {
    for (int k = 0; k < kLipPoints; ++k) fixed.try_emplace(lip[ring][k], value(ring, k));
  }
}

/// How far a lip moves along its length: 1 in the middle, 0 at the corners.
float arch(int k) {
  const float s = static_cast<float>(k - 5) / 5;
  return 1 - std::pow(std::abs(s), 1.75f);
}

/// How much each point follows the jaw: the lower lip and the chin fully, the upper lip and all
/// above it not at all.
std::vector<float> jaw_weights(const Landmarks &rest) {
  constexpr float kCorner = 0.42f;
  const float mouth_y = 0.5f * (rest[kUpperLipInner].y + rest[kLowerLipInner].y);
  Fixed<float> jaw;
  fix_lip(jaw, kUpperLip, [](int, int k) { return k == 0 || k == kLipPoints - 1 ? kCorner : 0.f; });
  fix_lip(jaw, kLowerLip,
          [](int, int k) { return kCorner + 0.58f * std::min(1.f, arch(k) * 1.3f); });
  for (std::size_t i = 0; i < kSkinPoints; ++i) {
    const auto point = static_cast<std::uint16_t>(i);
    const cv::Point3f &p = rest[i];
    // Above the nose's tip and before the ears nothing moves.
    if (p.y < 0.5f * (rest[kNoseTip].y + rest[kNoseBase].y)) jaw.try_emplace(point, 0.f);
    if (p.y > mouth_y + 0.17f && std::abs(p.x) < 0.22f) jaw.try_emplace(point, 1.f);
  }
  for (auto i : kOval) {
    jaw.try_emplace(
        i, std::clamp((rest[i].y - kHingeY) / (0.86f * (rest[kChin].y - kHingeY)), 0.f, 1.f));
  }
  return spread(jaw);
}

/// How much each point follows one lip, whose rings move by `outer` (the outer ring) to `outer` +
/// `gain` (the inner one); the other lip stays.
std::vector<float> lip_weights(const LipRings &lip, const LipRings &other, float outer,
                               float gain) {
  Fixed<float> field;
  fix_lip(field, other, [](int, int) { return 0.f; });
  fix_lip(field, lip, [&](int ring, int k) { return arch(k) * (outer + gain * ring / 3); });
  hold(field, kNoseUnderside);
  hold(field, kNoseWings);
  hold(field, kChinLine);
  hold(field, kOval);
  return spread(field);
}

/// A point of the lips, as the shapes below need it.
struct LipPoint {
  bool upper;
  float side;     ///< x over half the mouth's width: -1 left corner ... 1 right corner
  float bow;      ///< arch()
  float outer;    ///< 1 on the outer ring ... 0 on the inner one
  float to_line;  ///< distance down to the line between the lips
};

/// A displacement of the lips, given by shape(LipPoint); nose, chin and oval stay.
template <typename Shape>
Fixed<cv::Point3f> fix_mouth(const Landmarks &rest, Shape shape) {
  const float half = 0.5f * (rest[kMouthRight].x - rest[kMouthLeft].x);
  Fixed<cv::Point3f> fixed;
  for (const auto *lip : {&kUpperLip, &kLowerLip}) {
    fix_lip(fixed, *lip, [&](int ring, int k) -> cv::Point3f {
      const cv::Point3f &p = rest[(*lip)[ring][k]];
      return shape(LipPoint{.upper = lip == &kUpperLip,
                            .side = p.x / half,
                            .bow = arch(k),
                            .outer = 1 - static_cast<float>(ring) / 3,
                            .to_line = rest[(*lip)[3][k]].y - p.y});
    });
  }
  hold(fixed, kNoseUnderside);
  hold(fixed, std::array{kChinLine[0], kChinLine[1]});
  hold(fixed, kOval);
  return fixed;
}

/// Lips scale along x, the cheeks give way.
cv::Point3f widen(const LipPoint &p) {
  return {0.045f * p.side, p.upper ? 0.004f * p.bow : -0.006f * p.bow, 0.03f * p.side * p.side};
}

cv::Point3f pucker(const LipPoint &p) {
  return {-0.018f * p.side, (p.upper ? -0.012f : 0.014f) * p.outer * p.bow,
          -0.055f * (0.45f + 0.55f * p.bow)};
}

/// The red of the lips is rolled in: rings move towards the line between the lips.
cv::Point3f press(const LipPoint &p) {
  return {0.008f * p.side, 0.42f * p.to_line, 0.02f * p.bow + 0.012f * (1 - p.outer)};
}

/// The lower lip under the upper teeth.
cv::Point3f tuck(const LipPoint &p) {
  if (p.upper) return {};
  return {0, 0.55f * p.to_line * p.outer - 0.012f * p.bow, 0.035f * p.bow};
}

std::vector<cv::Point3f> smile(const Landmarks &rest) {
  Fixed<cv::Point3f> fixed = fix_mouth(rest, [](const LipPoint &p) -> cv::Point3f {
    return {0.04f * p.side, -0.035f * p.side * p.side + 0.004f, 0.025f * p.side * p.side};
  });
  for (const auto &pair : {kCheekbones, kCheeks}) {
    for (auto i : pair)
      fixed.try_emplace(i, cv::Point3f(0.006f * (rest[i].x > 0 ? 1 : -1), -0.018f, -0.015f));
  }
  for (auto i : kLowerLid) hold(fixed, std::array{i, kMirroredLandmark[i]});
  return spread(fixed);
}

/// Both lids of an eye meet, the upper one moves most of the way; all around the eye stays.
std::vector<cv::Point3f> blink(const Landmarks &rest, int eye) {
  constexpr float kUpperWay = 0.86f, kLowerWay = 0.14f;
  Fixed<cv::Point3f> fixed;
  for (std::size_t k = 0; k < kUpperLid.size(); ++k) {
    const auto upper = of_eye(eye, kUpperLid[k]), lower = of_eye(eye, kLowerLid[k]);
    fixed[upper] = (rest[lower] - rest[upper]) * kUpperWay;
    fixed.try_emplace(lower, (rest[upper] - rest[lower]) * kLowerWay);
  }
  const auto hold_side = [&](const auto &points) {
    for (auto i : points) fixed.try_emplace(of_eye(eye, i));
  };
  hold_side(kAroundEye);
  hold_side(kBrowUpper);
  hold_side(kBrowLower);
  for (std::size_t i = 0; i < kSkinPoints; ++i) {
    if ((rest[i].x > 0) != (eye == 1)) fixed.try_emplace(static_cast<std::uint16_t>(i));
  }
  hold(fixed, kOval);
  return spread(fixed);
}

/// Displaces both brows by shape(side, inner), side -1 left or 1 right, inner 0 at the outer end
/// ... 1 at the inner end; lids, nose and cheekbones stay.
template <typename Shape>
std::vector<cv::Point3f> move_brows(Shape shape) {
  Fixed<cv::Point3f> fixed;
  for (int eye = 0; eye < 2; ++eye) {
    for (const auto &edge : {kBrowUpper, kBrowLower}) {
      for (std::size_t k = 0; k < edge.size(); ++k)
        fixed[of_eye(eye, edge[k])] = shape(eye == 0 ? -1.f : 1.f, static_cast<float>(k) / 4);
    }
    for (const auto &lid : {kUpperLid, kLowerLid}) {
      for (auto i : lid) fixed.try_emplace(of_eye(eye, i));
    }
  }
  hold(fixed, kNoseBack);
  hold(fixed, kCheekbones);
  hold(fixed, kOval);
  return spread(fixed);
}

}  // namespace

Expressions::Expressions(const Landmarks &rest)
    : rest_(rest),
      jaw_(jaw_weights(rest)),
      lower_lip_(lip_weights(kLowerLip, kUpperLip, 0.8f, 0.2f)),
      upper_lip_(lip_weights(kUpperLip, kLowerLip, 0.75f, 0.25f)),
      spread_(spread(fix_mouth(rest, widen))),
      pucker_(spread(fix_mouth(rest, pucker))),
      press_(spread(fix_mouth(rest, press))),
      tuck_(spread(fix_mouth(rest, tuck))),
      smile_(smile(rest)),
      brow_raise_(move_brows([](float, float) { return cv::Point3f(0, -0.035f, 0); })),
      brow_furrow_(move_brows([](float side, float inner) {
        return cv::Point3f(-0.018f * side * inner, 0.018f * inner, -0.004f * inner);
      })),
      blink_{blink(rest, 0), blink(rest, 1)} {}

cv::Point3f Expressions::with_jaw(cv::Point3f point, float jaw) const {
  const float angle = jaw * kChinSwing / (rest_[kChin].z - kHingeZ);  // negative: z of the chin is
  const float c = std::cos(angle), s = std::sin(angle);
  const float y = point.y - kHingeY, z = point.z - kHingeZ;
  return {point.x, kHingeY + c * y + s * z, kHingeZ - s * y + c * z};
}

void Expressions::apply(const FacePose &pose, std::span<cv::Point3f> points) const {
  const MouthPose &mouth = pose.mouth;
  for (std::size_t i = 0; i < kSkinPoints; ++i) {
    cv::Point3f p = rest_[i];
    p += spread_[i] * mouth.width + pucker_[i] * mouth.rounding + press_[i] * mouth.press +
         tuck_[i] * mouth.lip_to_teeth + smile_[i] * pose.smile + brow_raise_[i] * pose.brow_raise +
         brow_furrow_[i] * pose.brow_furrow;
    p += (with_jaw(rest_[i], mouth.jaw) - rest_[i]) * jaw_[i];
    p.y -= 0.035f * mouth.upper_raise * upper_lip_[i];
    for (int eye = 0; eye < 2; ++eye) {
      // On its way down the lid's edge goes around the eyeball, not through it.
      const float t = pose.blink[eye];
      const cv::Point3f &way = blink_[eye][i];
      p += way * t;
      p.z -= 0.5f * t * (1 - t) * std::abs(way.y);
    }
    points[i] = p;
  }
  // The lips make up what the jaw does not open: both, the lower one more.
  const float missing = mouth.opening - (points[kLowerLipInner].y - points[kUpperLipInner].y);
  const float total = 0.7f * lower_lip_[kLowerLipInner] + 0.3f * upper_lip_[kUpperLipInner];
  const float amount = missing / total;
  for (std::size_t i = 0; i < kSkinPoints; ++i) {
    points[i].y += amount * (0.7f * lower_lip_[i] - 0.3f * upper_lip_[i]);
    points[i].z += 0.15f * std::max(0.f, amount) * lower_lip_[i];
  }
}

}  // namespace hyperlips::synth
