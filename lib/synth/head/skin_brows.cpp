// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cmath>

#include "synth/head/skin_layers.hpp"

namespace hyperlips::synth {

namespace {

// From the inner end to the tail.
constexpr auto kUpperEdge = landmark::reversed(landmark::kBrowUpper);
constexpr auto kLowerEdge = landmark::reversed(landmark::kBrowLower);
// From the inner corner, where no lashes grow, to the outer one.
constexpr auto kLashesUpper = landmark::reversed(landmark::kUpperLid);
constexpr auto kLashesLower = landmark::reversed(landmark::kLowerLid);

const cv::Vec3f kLashes{0.012f, 0.014f, 0.018f};
const cv::Vec3f kWaterline{0.30f, 0.27f, 0.48f};

cv::Point2f along(const std::vector<cv::Point2f> &curve, float t) {
  const float at = std::clamp(t, 0.0f, 1.0f) * static_cast<float>(curve.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(at), curve.size() - 2);
  const float part = at - static_cast<float>(i);
  return (1 - part) * curve[i] + part * curve[i + 1];
}

struct BrowStyle {
  float thickness, density, length, hair_width, unruly, tail;
  float arch;   // how far the middle line rises between its ends, of the band between the landmarks
  float front;  // where the inner end becomes dense
  cv::Vec3f color;
  float grayness;
};

/// Mean position of the hairs between the lower (0) and the upper (1) edge.
float middle_of(const BrowStyle &style, float a) {
  return 0.46f + style.arch * (std::sin(3.1f * a) - 0.55f);
}

void draw_brow(SkinCanvas &canvas, Random &random, const BrowStyle &style, float side) {
  const auto upper = smooth_curve(skin_points(kUpperEdge, side), false);
  const auto lower = smooth_curve(skin_points(kLowerEdge, side), false);
  const int count = static_cast<int>(620 * style.density * (0.45f + 0.55f * style.thickness));
  for (int i = 0; i < count; ++i) {
    // The inner end is sparse, the tail thin; hairs concentrate in the middle of the band.
    const float a = std::pow(random.uniform(), 0.9f) * style.tail;
    const float spread = style.thickness * (1 - 0.75f * smooth_step(0.45f, 1.05f, a));
    const float b =
        middle_of(style, a) + 0.5f * spread * std::clamp(0.62f * random.normal(), -1.0f, 1.0f);
    if (random.chance(0.55f * smooth_step(style.front, 0, a) + 0.5f * smooth_step(0.55f, 1.0f, a)))
      continue;
    const cv::Point2f low = along(lower, a), high = along(upper, a);
    const cv::Point2f middle = (1 - b) * low + b * high;
    cv::Point2f tangent = along(upper, a + 0.05f) - along(upper, a - 0.05f);
    tangent /= std::max(1e-5f, std::sqrt(tangent.dot(tangent)));
    const cv::Point2f up(0, -1);
    // Upwards at the inner end, then outwards; lower hairs rise, upper ones fall to the middle.
    const float rise = 1.5f * smooth_step(0.32f, 0.0f, a) + 0.85f * (0.55f - b) +
                       style.unruly * random.normal() * 0.35f;
    cv::Point2f direction = tangent + rise * up;
    direction /= std::sqrt(direction.dot(direction));
    const float length = style.length * random.uniform(0.6f, 1.15f) *
                         (1 - 0.35f * smooth_step(0.6f, 1.0f, a)) *
                         (0.75f + 0.25f * smooth_step(0, 0.2f, a));
    HairStroke hair;
    // The landmarks bound the visible hairs, not their roots.
    hair.root = middle - 0.45f * length * direction;
    hair.bend = hair.root + 0.5f * length * direction;
    hair.tip = hair.root + length * (0.75f * direction + 0.25f * tangent +
                                     cv::Point2f(0, 0.12f * style.unruly * random.normal()));
    hair.width = style.hair_width * random.uniform(0.7f, 1.3f);
    hair.opacity = random.uniform(0.65f, 1.0f);
    hair.color = hair_color(random, style.color, style.grayness);
    draw_hair(canvas, hair);
  }
}

/// The shade of hairs too fine to be resolved.
void shade_brow(SkinCanvas &canvas, const BrowStyle &style, float side, float opacity) {
  const auto upper = smooth_curve(skin_points(kUpperEdge, side), false);
  const auto lower = smooth_curve(skin_points(kLowerEdge, side), false);
  std::vector<cv::Point2f> middle;
  for (int i = 0; i <= 32; ++i) {
    const float t = 0.03f + (style.tail - 0.05f) * static_cast<float>(i) / 32;
    const float b = middle_of(style, t);
    middle.push_back((1 - b) * along(lower, t) + b * along(upper, t));
  }
  cv::Mat shade = cv::Mat::zeros(canvas.height.size(), CV_32FC1);
  draw_furrow(shade, canvas.grid, middle, 0.017f * style.thickness, opacity);
  const cv::Rect rect = canvas.grid.around(middle, 0.08f);
  for (int y = rect.y; y < rect.br().y; ++y)
    for (int x = rect.x; x < rect.br().x; ++x) {
      cv::Vec3f &albedo = canvas.albedo.at<cv::Vec3f>(y, x);
      albedo += shade.at<float>(y, x) * (style.color - albedo);
    }
}

/// The edges of the lids: a line of shade above, a wet rim below.
void shade_lids(SkinCanvas &canvas, float side, float darkness, const cv::Vec3f &color) {
  const OutlineDistance eye = distance_to_outline(canvas.grid, eye_outline(side), 0.05f);
  const float level = skin_point(landmark::kEyeOuter, side).y;
  for (int y = 0; y < eye.rect.height; ++y)
    for (int x = 0; x < eye.rect.width; ++x) {
      const cv::Point at = eye.rect.tl() + cv::Point(x, y);
      const float d = std::max(0.0f, eye.distance.at<float>(y, x));
      const float upper = smooth_step(0.012f, -0.006f, canvas.grid.place_of(at.x, at.y).y - level);
      const float rim = smooth_step(0.010f + 0.008f * upper, 0.0f, d),
                  wet = smooth_step(0.006f, 0.0f, d);
      cv::Vec3f &albedo = canvas.albedo.at<cv::Vec3f>(at);
      albedo += (1 - upper) * 0.5f * wet * (kWaterline.mul(albedo * 2) - albedo);
      albedo += rim * (0.4f + 0.5f * upper) * darkness * (color - albedo);
      canvas.gloss.at<float>(at) += 0.35f * wet;
    }
}

/// Lashes, painted on the skin beside the lid.
void draw_lashes(SkinCanvas &canvas, Random &random, float side, bool upper, float darkness,
                 const cv::Vec3f &color) {
  const auto line = smooth_curve(
      skin_points(std::span(upper ? kLashesUpper : kLashesLower).subspan(1), side), false);
  const int count = upper ? 90 : 50;
  for (int i = 0; i < count; ++i) {
    const float t = (static_cast<float>(i) + random.uniform()) / static_cast<float>(count);
    const cv::Point2f root = along(line, t);
    const float fan = side * (0.15f + 0.9f * t);
    const float length = (upper ? 0.026f : 0.014f) * (0.5f + 0.6f * t) * random.uniform(0.7f, 1.2f);
    const cv::Point2f out(fan + 0.15f * random.normal(), upper ? -0.7f : 0.8f);
    HairStroke hair;
    hair.root = root;
    hair.bend = root + 0.55f * length * cv::Point2f(0.5f * out.x, out.y * 0.6f);
    hair.tip = root + length * out;
    hair.width = upper ? 0.0021f : 0.0014f;
    hair.opacity = (upper ? 0.75f : 0.5f) * darkness;
    hair.color = color;
    draw_hair(canvas, hair);
  }
}

}  // namespace

void paint_brows(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                 const MakeUp &make_up) {
  Random random = layer_random(seed, SkinLayer::Brows);
  BrowStyle style;
  const float male = 1 - person.femininity;
  style.thickness = std::clamp(random.uniform(0.6f, 1.05f) + 0.2f * male, 0.6f, 1.15f);
  style.density = std::clamp(
      random.uniform(0.5f, 1.15f) + 0.25f * male - 0.2f * smooth_step(55, 80, person.age), 0.45f,
      1.4f);
  style.length = random.uniform(0.028f, 0.042f) * (1 + 0.25f * male * person.age / 80);
  style.hair_width = random.uniform(0.0017f, 0.0025f);
  style.unruly = random.uniform(0.25f, 0.8f) + 0.5f * male;
  style.tail = random.uniform(0.90f, 1.03f);
  style.arch = random.uniform(-0.22f, 0.26f);
  style.front = random.uniform(0.04f, 0.22f);
  // Brows are darker than the hair of the fair-haired.
  style.color = person.hair;
  const float light = (person.hair[0] + person.hair[1] + person.hair[2]) / 3;
  if (light > 0.06f) style.color *= std::sqrt(0.06f / light) * random.uniform(0.7f, 1.0f);
  style.grayness = person.grayness * random.uniform(0.2f, 0.75f);
  const float shade = random.uniform(0.15f, 0.4f) * style.density * (1 + 0.5f * make_up.shadow) *
                      (1 - 0.7f * style.grayness);
  for (const float side : {-1.0f, 1.0f}) {
    shade_brow(canvas, style, side, std::min(shade, 0.6f));
    draw_brow(canvas, random, style, side);
  }
  const float fair = smooth_step(0.05f, 0.2f, light) * (1 - make_up.mascara);
  const cv::Vec3f lashes = (1 - 0.5f * fair) * kLashes + 0.35f * fair * style.color;
  const float dark = std::clamp(
      random.uniform(0.45f, 0.8f) + 0.15f * person.femininity + 0.4f * make_up.mascara, 0.0f, 1.0f);
  for (const float side : {-1.0f, 1.0f}) {
    shade_lids(canvas, side, dark, lashes);
    draw_lashes(canvas, random, side, false, 0.8f * dark, lashes);
    draw_lashes(canvas, random, side, true, dark, lashes);
  }
}

}  // namespace hyperlips::synth
