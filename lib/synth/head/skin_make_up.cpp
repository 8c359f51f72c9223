// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cmath>

#include "synth/head/skin_layers.hpp"

namespace hyperlips::synth {

namespace {

// Linear B, G, R.
const std::array kLipsticks{
    cv::Vec3f{0.045f, 0.020f, 0.42f},  // red
    cv::Vec3f{0.040f, 0.012f, 0.20f},  // dark red
    cv::Vec3f{0.24f, 0.10f, 0.55f},    // pink
    cv::Vec3f{0.11f, 0.11f, 0.60f},    // coral
    cv::Vec3f{0.15f, 0.16f, 0.42f},    // nude
    cv::Vec3f{0.10f, 0.025f, 0.19f},   // berry
    cv::Vec3f{0.05f, 0.055f, 0.17f},   // brown
    cv::Vec3f{0.17f, 0.085f, 0.38f},   // rose
};
const std::array kShadows{
    cv::Vec3f{0.06f, 0.085f, 0.16f},  // brown
    cv::Vec3f{0.03f, 0.03f, 0.035f},  // smoky
    cv::Vec3f{0.10f, 0.16f, 0.30f},   // bronze
    cv::Vec3f{0.16f, 0.10f, 0.13f},   // plum
    cv::Vec3f{0.22f, 0.17f, 0.34f},   // rose
    cv::Vec3f{0.20f, 0.11f, 0.06f},   // blue
    cv::Vec3f{0.09f, 0.12f, 0.07f},   // green
};
const cv::Vec3f kBlush{0.19f, 0.13f, 0.52f};
const cv::Vec3f kLiner{0.010f, 0.010f, 0.011f};

void paint_blush(SkinCanvas &canvas, float strength) {
  cv::Mat amount = cv::Mat::zeros(canvas.height.size(), CV_32FC1);
  add_bells(amount, canvas.grid, {-0.47f, 0.20f}, {0.15f, 0.07f}, 0.45f * strength, 0.35f);
  for (int y = 0; y < amount.rows; ++y)
    for (int x = 0; x < amount.cols; ++x) {
      cv::Vec3f &albedo = canvas.albedo.at<cv::Vec3f>(y, x);
      const float light = albedo[2] / 0.6f;
      albedo += std::min(amount.at<float>(y, x), 0.6f) * (kBlush * light - albedo);
    }
}

/// Eye shadow between the edge of the lid and a little above its crease, liner along the upper
/// edge.
void paint_lids(SkinCanvas &canvas, const MakeUp &make_up, float side) {
  const OutlineDistance eye = distance_to_outline(canvas.grid, eye_outline(side), 0.09f);
  const cv::Point2f outer = skin_point(landmark::kEyeOuter, side),
                    inner = skin_point(landmark::kEyeInner, side);
  for (int y = 0; y < eye.rect.height; ++y)
    for (int x = 0; x < eye.rect.width; ++x) {
      const cv::Point at = eye.rect.tl() + cv::Point(x, y);
      const cv::Point2f place = canvas.grid.place_of(at.x, at.y);
      const float d = std::max(0.0f, eye.distance.at<float>(y, x));
      const float along = (place.x - inner.x) / (outer.x - inner.x);
      const float upper = smooth_step(0.006f, -0.014f, place.y - outer.y - 0.01f * along);
      const float shadow = smooth_step(0.075f, 0.015f, d) * upper *
                           smooth_step(-0.25f, 0.3f, along) * smooth_step(1.45f, 1.05f, along);
      const float width = 0.004f + 0.009f * std::clamp(along, 0.0f, 1.0f);
      const float liner =
          smooth_step(width + 0.004f, width - 0.002f, d) * upper * smooth_step(1.14f, 1.0f, along);
      cv::Vec3f &albedo = canvas.albedo.at<cv::Vec3f>(at);
      albedo += 0.8f * make_up.shadow * shadow * (make_up.shadow_color - albedo);
      albedo += make_up.liner * liner * (kLiner - albedo);
    }
}

}  // namespace

MakeUp make_up_of(std::uint64_t seed, const Person &person) {
  Random random = layer_random(seed, SkinLayer::MakeUp);
  MakeUp make_up;
  make_up.powder = random.uniform(0, 0.25f);
  // Make-up is mostly worn in several kinds.
  if (!random.chance(0.75f * smooth_step(0.4f, 0.7f, person.femininity))) return make_up;
  const float much = random.uniform(0.3f, 1.0f);
  const auto worn = [&](float chance) {
    const bool wears = random.chance(chance * (0.5f + 0.5f * much));
    const float amount = much * random.uniform(0.5f, 1.0f);
    return wears ? amount : 0;
  };
  make_up.foundation = worn(0.85f);
  make_up.powder = std::max(make_up.powder, worn(0.7f));
  make_up.blush = worn(0.6f);
  make_up.shadow = worn(0.55f);
  make_up.liner = worn(0.6f);
  make_up.mascara = worn(0.9f);
  make_up.lipstick = worn(0.85f);
  make_up.lip_gloss = worn(0.4f);
  make_up.lipstick_color =
      kLipsticks[static_cast<std::size_t>(random.below(static_cast<int>(kLipsticks.size())))];
  make_up.shadow_color =
      kShadows[static_cast<std::size_t>(random.below(static_cast<int>(kShadows.size())))];
  // Bright colors are chosen to go with the skin.
  const float dark = std::exp(-0.7f * person.melanin);
  make_up.lipstick_color *= dark * random.uniform(0.8f, 1.2f);
  make_up.shadow_color *= dark;
  return make_up;
}

void paint_make_up(SkinCanvas &canvas, const MakeUp &make_up) {
  if (make_up.blush > 0) paint_blush(canvas, make_up.blush);
  if (make_up.shadow > 0 || make_up.liner > 0)
    for (const float side : {-1.0f, 1.0f}) paint_lids(canvas, make_up, side);
}

}  // namespace hyperlips::synth
