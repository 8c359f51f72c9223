// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>

#include "synth/head/skin_layers.hpp"

namespace hyperlips::synth {

namespace {

constexpr int kPieces = 3;
constexpr float kTipWidth = 0.3f;  // of the root's
constexpr float kRelief = 0.2f;    // height of a hair above the skin, of its width
constexpr float kMatt = 0.6f;      // how much of the gloss of the skin a hair removes
const cv::Vec3f kGray{0.27f, 0.28f, 0.30f};

void cover(SkinCanvas &canvas, int x, int y, float coverage, const HairStroke &hair) {
  if (x < 0 || y < 0 || x >= canvas.grid.size || y >= canvas.grid.size) return;
  cv::Vec3f &albedo = canvas.albedo.at<cv::Vec3f>(y, x);
  albedo += coverage * (hair.color - albedo);
  canvas.height.at<float>(y, x) += kRelief * coverage * hair.width;
  canvas.gloss.at<float>(y, x) *= 1 - kMatt * coverage;
}

/// A piece of constant width: at each whole step along its longer axis, the texels across.
void draw_piece(SkinCanvas &canvas, const HairStroke &hair, cv::Point2f a, cv::Point2f b,
                float width) {
  const bool steep = std::abs(b.y - a.y) > std::abs(b.x - a.x);
  if (steep) std::swap(a.x, a.y), std::swap(b.x, b.y);
  if (a.x > b.x) std::swap(a, b);
  const float slope = b.x > a.x ? (b.y - a.y) / (b.x - a.x) : 0;
  const float across = width / canvas.grid.texel * std::sqrt(1 + slope * slope);
  // A hair finer than a texel covers a part of it.
  const float half = std::max(across, 1.0f) / 2, coverage = hair.opacity * std::min(across, 1.0f);
  for (int x = cvCeil(a.x); static_cast<float>(x) < b.x; ++x) {
    const float middle = a.y + (static_cast<float>(x) - a.x) * slope;
    const int end = cvFloor(middle + half + 0.5f);
    for (int y = cvCeil(middle - half - 0.5f); y <= end; ++y) {
      const float here =
          std::clamp(half + 0.5f - std::abs(static_cast<float>(y) - middle), 0.0f, 1.0f);
      if (steep)
        cover(canvas, y, x, coverage * here, hair);
      else
        cover(canvas, x, y, coverage * here, hair);
    }
  }
}

}  // namespace

void draw_hair(SkinCanvas &canvas, const HairStroke &hair) {
  cv::Point2f before = canvas.grid.texel_of(hair.root);
  for (int i = 1; i <= kPieces; ++i) {
    const float t = static_cast<float>(i) / kPieces, s = 1 - t;
    const cv::Point2f here =
        canvas.grid.texel_of(s * s * hair.root + 2 * s * t * hair.bend + t * t * hair.tip);
    const float middle = t - 0.5f / kPieces;
    draw_piece(canvas, hair, before, here, hair.width * (1 - (1 - kTipWidth) * middle));
    before = here;
  }
}

cv::Vec3f hair_color(Random &random, const cv::Vec3f &color, float grayness) {
  const bool gray = random.chance(grayness);
  const float light = 0.75f + 0.5f * random.uniform();
  return (gray ? kGray : color) * light;
}

}  // namespace hyperlips::synth
