// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cmath>

#include "synth/head/skin_layers.hpp"

namespace hyperlips::synth {

namespace {

constexpr float kMargin = 0.06f;
constexpr float kSmoother = 0.8f;        // how much of the relief of the skin lips lack
constexpr float kRedness = 2.7f;         // blood in excess of the skin
constexpr float kCreaseDepth = 0.0011f;  // in widths of the face
const cv::Vec3f kGloom{0.80f, 0.72f, 0.86f};

/// A closed outline of two curves, with sharp corners.
std::vector<cv::Point2f> outline_of(std::span<const std::uint16_t> there,
                                    std::span<const std::uint16_t> back, float side = -1) {
  std::vector<cv::Point2f> outline = smooth_curve(skin_points(there, side), false);
  const auto rest = smooth_curve(skin_points(back, side), false);
  outline.insert(outline.end(), rest.begin() + 1, rest.end() - 1);
  return outline;
}

}  // namespace

std::vector<cv::Point2f> outer_lips() {
  return outline_of(landmark::kLowerLip[0], landmark::reversed(landmark::kUpperLip[0]));
}
std::vector<cv::Point2f> inner_lips() {
  return outline_of(landmark::kLowerLip[3], landmark::reversed(landmark::kUpperLip[3]));
}
std::vector<cv::Point2f> eye_outline(float side) {
  return outline_of(landmark::kLowerLid, landmark::reversed(landmark::kUpperLid), side);
}

void paint_lips(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                const MakeUp &make_up) {
  Random random = layer_random(seed, SkinLayer::Lips);
  const std::uint64_t base = layer_seed(seed, SkinLayer::Lips);
  const SkinGrid &grid = canvas.grid;
  const float old = smooth_step(35, 80, person.age);
  const float red =
      random.uniform(0.55f, 1.25f) * (0.8f + 0.3f * person.femininity) * (1 - 0.3f * old);
  const float lighter = random.uniform(0.0f, 0.22f);  // relative to the skin
  const float soft = random.uniform(0.008f, 0.02f) * (1 - 0.4f * make_up.lipstick);
  const float crease = kCreaseDepth * random.uniform(0.5f, 1.3f) * (1 + 0.6f * old);
  const float wet = random.uniform(0.45f, 0.75f);
  const float rim = random.uniform(0.0f, 0.10f);

  const OutlineDistance outer = distance_to_outline(grid, outer_lips(), kMargin);
  const auto inner_outline = inner_lips();
  const OutlineDistance inner = distance_to_outline(grid, inner_outline, 4 * kMargin);
  const cv::Rect rect = outer.rect & inner.rect;
  cv::Mat fine = cv::Mat::zeros(rect.size(), CV_32FC1), folds = fine.clone(), blotch = fine.clone();
  const NoisePlane plane = grid.plane(rect);
  add_noise(folds, plane, {mix(base + 1), {0.011f, 0.055f}}, 0.8f);
  add_noise(fine, plane, {mix(base + 2), {0.0055f, 0.04f}}, 0.7f);
  add_noise(blotch, plane, {mix(base + 3), {0.03f, 0.03f}}, 1);
  const float middle =
      (skin_point(landmark::kUpperLipInner).y + skin_point(landmark::kLowerLipInner).y) / 2;

  for (int y = rect.y; y < rect.br().y; ++y) {
    for (int x = rect.x; x < rect.br().x; ++x) {
      const cv::Point2f place = grid.place_of(x, y);
      const float d = outer.distance.at<float>(y - outer.rect.y, x - outer.rect.x);
      const float inwards = inner.distance.at<float>(y - inner.rect.y, x - inner.rect.x);
      const float lip = smooth_step(0.4f * soft, -0.6f * soft, d);
      // The border of the vermilion is a fine, lighter ridge.
      const float ridge = std::exp(-(d - 0.006f) * (d - 0.006f) / (2 * 0.006f * 0.006f));
      canvas.melanin.at<float>(y, x) -= 0.12f * rim * ridge * (1 - lip);
      float &height = canvas.height.at<float>(y, x);
      height = (1 - kSmoother * lip) * height + 0.0006f * ridge;
      if (lip <= 0) continue;
      const float depth = std::max(0.0f, -d);
      const float inside = depth / std::max(depth + std::max(inwards, 0.0f), 1e-4f);
      const bool upper = place.y < middle;
      const cv::Point at(x - rect.x, y - rect.y);
      const float rough = folds.at<float>(at) + fine.at<float>(at);
      // Creases are narrow and dark, the ridges between them broad.
      const float groove = smooth_step(0.2f, 1.6f, rough);
      const float fade = smooth_step(0, 0.02f, depth) * (1 - 0.6f * inside);

      float &melanin = canvas.melanin.at<float>(y, x);
      melanin += lip * (-melanin * lighter + (upper ? 0.03f : 0.0f));
      canvas.blood.at<float>(y, x) +=
          lip * (kRedness * red * (0.82f + 0.18f * inside + 0.06f * blotch.at<float>(at)) +
                 0.25f * groove * fade);
      height -= lip * fade * crease * (groove + 0.25f * rough);
      float &gloss = canvas.gloss.at<float>(y, x);
      gloss += lip *
               (std::clamp(wet + 0.25f * inside + 0.35f * make_up.lip_gloss - 0.15f * groove * fade,
                           0.0f, 1.0f) -
                gloss);
    }
  }
}

void paint_lipstick(SkinCanvas &canvas, const MakeUp &make_up) {
  const SkinGrid &grid = canvas.grid;
  const OutlineDistance outer = distance_to_outline(grid, outer_lips(), kMargin);
  const OutlineDistance inner = distance_to_outline(grid, inner_lips(), 4 * kMargin);
  const cv::Rect rect = outer.rect & inner.rect;
  for (int y = rect.y; y < rect.br().y; ++y) {
    for (int x = rect.x; x < rect.br().x; ++x) {
      const float d = outer.distance.at<float>(y - outer.rect.y, x - outer.rect.x);
      const float inwards = inner.distance.at<float>(y - inner.rect.y, x - inner.rect.x);
      cv::Vec3f &albedo = canvas.albedo.at<cv::Vec3f>(y, x);
      const float stick = make_up.lipstick * smooth_step(0.003f, -0.005f, d);
      albedo += stick * (make_up.lipstick_color - albedo);
      // Shaded where the lips meet, also over lipstick.
      const float near =
          smooth_step(0.035f, 0.0f, std::max(inwards, 0.0f)) * smooth_step(0.01f, -0.01f, d);
      for (int c = 0; c < 3; ++c) albedo[c] *= 1 - near * (1 - kGloom[c]);
    }
  }
}

}  // namespace hyperlips::synth
