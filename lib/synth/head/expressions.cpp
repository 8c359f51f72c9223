// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/expressions.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "synth/head/face_model.hpp"
#include "synth/head/head_mesh.hpp"

namespace hyperlips::synth {
namespace {

constexpr std::array<std::uint16_t, 10> kBrow{70, 63, 105, 66, 107, 46, 53, 52, 65, 55};
// Rings around an eye that do not move with its lid.
constexpr std::array<std::uint16_t, 18> kAroundEye{226, 31,  228, 229, 230, 231, 232, 233, 244,
                                                   113, 225, 224, 223, 222, 221, 189, 190, 243};

constexpr float kChinSwing = 0.2f;  // arc of the chin at jaw 1, widths of the face
constexpr int kRelaxations = 400;
// Behind the jaw's joints, relative to the head.
constexpr float kHingeY = 0.18f, kHingeZ = 0.02f;

template <typename Value>
using Fixed = std::map<std::uint16_t, Value>;

/// The smoothest values over the face that have the fixed ones: each other point is the mean of its
/// neighbors (Gauss-Seidel).
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

template <typename Value>
void fix_oval(Fixed<Value> &fixed) {
  for (auto i : kOval) fixed.try_emplace(i, Value());
}

/// Sets what both lips' corners have in common only once.
template <typename Value, typename Function>
void fix_lips(Fixed<Value> &fixed, const std::array<std::array<std::uint16_t, 11>, 4> &lip,
              Function value) {
  for (int ring = 0; ring < 4; ++ring) {
    for (int k = 0; k < 11; ++k) fixed.try_emplace(lip[ring][k], value(ring, k));
  }
}

/// How far a lip moves along its length: 1 in the middle, 0 at the corners.
float arch(int k) {
  const float s = static_cast<float>(k - 5) / 5;
  return 1 - std::pow(std::abs(s), 1.75f);
}

}  // namespace

Expressions::Expressions(const Landmarks &rest) : rest_(rest) {
  mouth_half_ = 0.5f * (rest[291].x - rest[61].x);
  const float mouth_y = 0.5f * (rest[13].y + rest[14].y);

  // The lower lip and the chin move with the jaw, the upper lip and all above stay.
  Fixed<float> jaw;
  fix_lips<float>(jaw, kUpperLip, [](int, int k) { return k == 0 || k == 10 ? 0.42f : 0.f; });
  fix_lips<float>(jaw, kLowerLip,
                  [](int, int k) { return 0.42f + 0.58f * std::min(1.f, arch(k) * 1.3f); });
  for (std::size_t i = 0; i < kSkinPoints; ++i) {
    const auto point = static_cast<std::uint16_t>(i);
    const cv::Point3f &p = rest[i];
    // Above the nose's tip and before the ears nothing moves.
    if (p.y < 0.5f * (rest[4].y + rest[2].y)) jaw.try_emplace(point, 0.f);
    if (p.y > mouth_y + 0.17f && std::abs(p.x) < 0.22f) jaw.try_emplace(point, 1.f);
  }
  for (auto i : kOval) {
    jaw.try_emplace(
        i, std::clamp((rest[i].y - kHingeY) / (0.86f * (rest[152].y - kHingeY)), 0.f, 1.f));
  }
  jaw_ = spread(jaw);

  Fixed<float> lower, upper;
  fix_lips<float>(lower, kUpperLip, [](int, int) { return 0.f; });
  fix_lips<float>(lower, kLowerLip,
                  [](int ring, int k) { return arch(k) * (0.8f + 0.2f * ring / 3); });
  fix_lips<float>(upper, kUpperLip,
                  [](int ring, int k) { return arch(k) * (0.75f + 0.25f * ring / 3); });
  fix_lips<float>(upper, kLowerLip, [](int, int) { return 0.f; });
  for (auto *field : {&lower, &upper}) {
    for (std::uint16_t i : {2, 98, 327, 94, 4, 1, 19}) field->try_emplace(i, 0.f);
    for (std::uint16_t i : {152, 175, 199, 200}) field->try_emplace(i, 0.f);
    fix_oval(*field);
  }
  lower_lip_ = spread(lower);
  upper_lip_ = spread(upper);

  // Wider or narrower: lips scale along x, the cheeks give way.
  Fixed<cv::Point3f> wide, pucker, press, tuck, smile;
  const auto side = [&](std::uint16_t i) { return rest[i].x / mouth_half_; };
  for (const auto *lip : {&kUpperLip, &kLowerLip}) {
    const bool is_upper = lip == &kUpperLip;
    for (int ring = 0; ring < 4; ++ring) {
      for (int k = 0; k < 11; ++k) {
        const auto i = (*lip)[ring][k];
        const float s = side(i), bow = arch(k);
        const float inwards = 1 - static_cast<float>(ring) / 3;  // 1 at the outer edge
        wide.try_emplace(
            i, cv::Point3f(0.045f * s, is_upper ? 0.004f * bow : -0.006f * bow, 0.03f * s * s));
        pucker.try_emplace(i,
                           cv::Point3f(-0.018f * s, (is_upper ? -0.012f : 0.014f) * inwards * bow,
                                       -0.055f * (0.45f + 0.55f * bow)));
        // The lips' red is rolled in: rings move towards the line between the lips.
        const float to_line = rest[(*lip)[3][k]].y - rest[i].y;
        press.try_emplace(
            i, cv::Point3f(0.008f * s, 0.42f * to_line, 0.02f * bow + 0.012f * (1 - inwards)));
        tuck.try_emplace(
            i, is_upper ? cv::Point3f()
                        : cv::Point3f(0, 0.55f * to_line * inwards - 0.012f * bow, 0.035f * bow));
        smile.try_emplace(i, cv::Point3f(0.04f * s, -0.035f * s * s + 0.004f, 0.025f * s * s));
      }
    }
  }
  for (auto *shape : {&wide, &pucker, &press, &tuck, &smile}) {
    for (std::uint16_t i : {2, 94, 4, 1, 19, 152, 175}) shape->try_emplace(i);
    fix_oval(*shape);
  }
  for (std::uint16_t i : {50, 280, 205, 425})
    smile.try_emplace(i, cv::Point3f(0.006f * (rest[i].x > 0 ? 1 : -1), -0.018f, -0.015f));
  for (auto i : kLowerLid) {
    smile.try_emplace(i);
    smile.try_emplace(kMirroredLandmark[i]);
  }
  spread_ = spread(wide);
  pucker_ = spread(pucker);
  press_ = spread(press);
  tuck_ = spread(tuck);
  smile_ = spread(smile);

  for (int eye = 0; eye < 2; ++eye) {
    const auto mirrored = [eye](std::uint16_t i) { return eye == 0 ? i : kMirroredLandmark[i]; };
    Fixed<cv::Point3f> fixed;
    for (std::size_t k = 0; k < kUpperLid.size(); ++k) {
      const cv::Point3f from = rest[mirrored(kUpperLid[k])], to = rest[mirrored(kLowerLid[k])];
      fixed[mirrored(kUpperLid[k])] = (to - from) * 0.86f;
      fixed.try_emplace(mirrored(kLowerLid[k]), (from - to) * 0.14f);
    }
    for (auto i : kAroundEye) fixed.try_emplace(mirrored(i));
    for (auto i : kBrow) fixed.try_emplace(mirrored(i));
    for (std::size_t i = 0; i < kSkinPoints; ++i) {
      if ((rest[i].x > 0) != (eye == 1)) fixed.try_emplace(static_cast<std::uint16_t>(i));
    }
    fix_oval(fixed);
    blink_[eye] = spread(fixed);
  }

  Fixed<cv::Point3f> raise, furrow;
  for (int eye = 0; eye < 2; ++eye) {
    for (std::size_t k = 0; k < kBrow.size(); ++k) {
      const auto i = eye == 0 ? kBrow[k] : kMirroredLandmark[kBrow[k]];
      const float inner = static_cast<float>(k % 5) / 4;
      raise[i] = {0, -0.035f, 0};
      furrow[i] = {(eye == 0 ? 0.018f : -0.018f) * inner, 0.018f * inner, -0.004f * inner};
    }
    for (const auto *lid : {&kUpperLid, &kLowerLid}) {
      for (auto i : *lid) {
        raise.try_emplace(eye == 0 ? i : kMirroredLandmark[i]);
        furrow.try_emplace(eye == 0 ? i : kMirroredLandmark[i]);
      }
    }
  }
  for (auto *shape : {&raise, &furrow}) {
    for (std::uint16_t i : {4, 5, 195, 197, 50, 280}) shape->try_emplace(i);
    fix_oval(*shape);
  }
  brow_raise_ = spread(raise);
  brow_furrow_ = spread(furrow);
}

cv::Point3f Expressions::with_jaw(cv::Point3f point, float jaw) const {
  const float angle = jaw * kChinSwing / (rest_[152].z - kHingeZ);  // negative: z of the chin is
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
  // What the jaw does not give, the lips do: both, the lower one more.
  const float missing = mouth.opening - (points[14].y - points[13].y);
  const float total = 0.7f * lower_lip_[14] + 0.3f * upper_lip_[13];
  const float amount = missing / total;
  for (std::size_t i = 0; i < kSkinPoints; ++i) {
    points[i].y += amount * (0.7f * lower_lip_[i] - 0.3f * upper_lip_[i]);
    points[i].z += 0.15f * std::max(0.f, amount) * lower_lip_[i];
  }
}

}  // namespace hyperlips::synth
