// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cmath>

#include "synth/head/skin_layers.hpp"

namespace hyperlips::synth {

namespace {

enum class BeardKind { Shaved, Stubble, Moustache, Goatee, Short, Full };

struct BeardStyle {
  BeardKind kind;
  float chance;
  float length_low, length_high;  // of the hairs, in widths of the face
  float under;                    // how much the skin between the hairs takes on their color
};
// Chances among men.
constexpr std::array kStyles{
    BeardStyle{BeardKind::Shaved, 0.58f, 0.0f, 0.0f, 0.0f},
    BeardStyle{BeardKind::Stubble, 0.14f, 0.005f, 0.012f, 0.08f},
    BeardStyle{BeardKind::Moustache, 0.05f, 0.022f, 0.04f, 0.35f},
    BeardStyle{BeardKind::Goatee, 0.07f, 0.018f, 0.04f, 0.35f},
    BeardStyle{BeardKind::Short, 0.10f, 0.016f, 0.032f, 0.40f},
    BeardStyle{BeardKind::Full, 0.06f, 0.04f, 0.075f, 0.55f},
};
constexpr float kRootSpacing = 0.0058f;
constexpr float kNoseEnd = 0.328f, kNoseHalfWidth = 0.13f;  // beards begin below
constexpr float kRaggedness = 0.012f;

// Outlines of the left half, from the top middle around to the bottom middle.
const std::array kWholeBeard{
    cv::Point2f{0, 0.335f},       cv::Point2f{-0.052f, 0.333f},  cv::Point2f{-0.120f, 0.325f},
    cv::Point2f{-0.180f, 0.352f}, cv::Point2f{-0.235f, 0.405f},  cv::Point2f{-0.300f, 0.440f},
    cv::Point2f{-0.440f, 0.420f}, cv::Point2f{-0.600f, 0.370f},  cv::Point2f{-0.740f, 0.250f},
    cv::Point2f{-0.800f, 0.080f}, cv::Point2f{-0.810f, -0.100f}, cv::Point2f{-0.950f, -0.100f},
    cv::Point2f{-0.960f, 0.250f}, cv::Point2f{-0.930f, 0.500f},  cv::Point2f{-0.800f, 0.700f},
    cv::Point2f{-0.550f, 0.860f}, cv::Point2f{-0.250f, 0.940f},  cv::Point2f{0, 0.950f}};
const std::array kMoustache{
    cv::Point2f{0, 0.338f},       cv::Point2f{-0.052f, 0.336f}, cv::Point2f{-0.115f, 0.330f},
    cv::Point2f{-0.175f, 0.358f}, cv::Point2f{-0.232f, 0.415f}, cv::Point2f{-0.262f, 0.475f},
    cv::Point2f{-0.235f, 0.500f}, cv::Point2f{-0.200f, 0.475f}, cv::Point2f{0, 0.430f}};
const std::array kChinBeard{
    cv::Point2f{0, 0.560f},       cv::Point2f{-0.060f, 0.575f}, cv::Point2f{-0.150f, 0.600f},
    cv::Point2f{-0.215f, 0.540f}, cv::Point2f{-0.255f, 0.480f}, cv::Point2f{-0.290f, 0.560f},
    cv::Point2f{-0.270f, 0.700f}, cv::Point2f{-0.180f, 0.800f}, cv::Point2f{0, 0.840f}};

std::vector<cv::Point2f> whole_outline(std::span<const cv::Point2f> half) {
  std::vector<cv::Point2f> outline(half.begin(), half.end());
  for (auto p = half.rbegin(); p != half.rend(); ++p)
    if (p->x < 0) outline.push_back({-p->x, p->y});
  return outline;
}

/// 1 inside an outline and its mirror image, with an edge of width `soft`, displaced by the noise
/// `ragged`.
void add_density(cv::Mat &density, const SkinGrid &grid, std::span<const cv::Point2f> half,
                 float soft, const cv::Mat &ragged) {
  const OutlineDistance area =
      distance_to_outline(grid, smooth_curve(whole_outline(half), true), 2 * soft);
  for (int y = 0; y < area.rect.height; ++y) {
    float *out = density.ptr<float>(area.rect.y + y) + area.rect.x;
    const float *rag = ragged.ptr<float>(area.rect.y + y) + area.rect.x;
    const float *distance = area.distance.ptr<float>(y);
    for (int x = 0; x < area.rect.width; ++x)
      out[x] = std::max(out[x], smooth_step(soft, -soft, distance[x] + kRaggedness * rag[x]));
  }
}

/// No hair on the nose and the lips, less beside the soul patch.
void clear_bare(cv::Mat &density, const SkinGrid &grid) {
  for (int y = 0; y < density.rows; ++y)
    for (int x = 0; x < density.cols; ++x) {
      const cv::Point2f place = grid.place_of(x, y);
      const float nose = kNoseEnd - 0.9f * std::max(0.0f, std::abs(place.x) - kNoseHalfWidth);
      density.at<float>(y, x) *= smooth_step(nose - 0.006f, nose + 0.012f, place.y);
    }
  const OutlineDistance lips = distance_to_outline(grid, outer_lips(), 0.05f);
  for (int y = 0; y < lips.rect.height; ++y)
    for (int x = 0; x < lips.rect.width; ++x)
      density.at<float>(lips.rect.tl() + cv::Point(x, y)) *=
          smooth_step(-0.002f, 0.008f, lips.distance.at<float>(y, x));
  for (const float side : {-1.0f, 1.0f}) {
    cv::Mat bare = cv::Mat::zeros(density.size(), CV_32FC1);
    add_bell(bare, grid, {side * 0.11f, 0.585f}, {0.05f, 0.022f}, 0.5f);
    density = density.mul(1 - bare);
  }
}

cv::Point2f growth(cv::Point2f place) {
  const float side = place.x < 0 ? -1.0f : 1.0f, from_middle = std::abs(place.x);
  cv::Point2f direction(side * std::min(0.35f, 0.8f * from_middle), 1);
  const bool moustache = place.y < 0.46f && from_middle < 0.27f;
  if (moustache) direction = {side * (0.25f + 3.2f * from_middle), 0.9f};
  if (place.y > 0.8f) direction = {1.6f * place.x, 0.6f};
  return direction / std::sqrt(direction.dot(direction));
}

/// The gray-blue of shaved hairs under the skin.
void shade_shaved(SkinCanvas &canvas, const cv::Mat &density, float strength) {
  constexpr std::array kShade{0.80f, 0.70f, 0.62f};  // B, G, R that strength 1 leaves
  for (int y = 0; y < density.rows; ++y) {
    const float *here = density.ptr<float>(y);
    float *albedo = canvas.albedo.ptr<float>(y);
    for (int x = 0; x < density.cols; ++x)
      for (int c = 0; c < 3; ++c) albedo[3 * x + c] *= 1 - strength * here[x] * (1 - kShade[c]);
  }
}

void shade_under(SkinCanvas &canvas, const cv::Mat &density, const cv::Vec3f &color,
                 float strength) {
  for (int y = 0; y < density.rows; ++y) {
    const float *here = density.ptr<float>(y);
    float *albedo = canvas.albedo.ptr<float>(y), *gloss = canvas.gloss.ptr<float>(y);
    for (int x = 0; x < density.cols; ++x) {
      const float part = strength * here[x];
      for (int c = 0; c < 3; ++c) albedo[3 * x + c] += part * (color[c] - albedo[3 * x + c]);
      gloss[x] *= 1 - 0.7f * part;
    }
  }
}

BeardStyle pick_style(Random &random) {
  float draw = random.uniform();
  for (const BeardStyle &candidate : kStyles) {
    if (draw < candidate.chance) return candidate;
    draw -= candidate.chance;
  }
  return kStyles.back();
}

/// Where a beard of this kind grows, 0 ... 1; `whole` is where hair can grow. A beard that grows
/// there everywhere shares the pixels of `whole`, and clears its nose and lips once more.
cv::Mat worn_density(BeardKind kind, const cv::Mat &whole, const SkinGrid &grid, float trimmed,
                     const cv::Mat &ragged) {
  cv::Mat worn = cv::Mat::zeros(whole.size(), CV_32FC1);
  switch (kind) {
    case BeardKind::Shaved:
      return worn;
    case BeardKind::Stubble:
    case BeardKind::Short:
    case BeardKind::Full:
      worn = whole;
      break;
    case BeardKind::Goatee:
      add_density(worn, grid, kChinBeard, trimmed, ragged);
      [[fallthrough]];
    case BeardKind::Moustache:
      add_density(worn, grid, kMoustache, trimmed, ragged);
      break;
  }
  clear_bare(worn, grid);
  return worn;
}

/// Hairs of about `length`, as dense as `share` times `density`: one candidate in each cell of a
/// grid of roots.
void draw_hairs(SkinCanvas &canvas, Random &random, const cv::Mat &density, float share,
                float length, const cv::Vec3f &color, float gray) {
  const SkinGrid &grid = canvas.grid;
  const float hair_width = random.uniform(0.0013f, 0.0019f);
  const cv::Rect rect = grid.around(whole_outline(kWholeBeard), 0.05f);
  const cv::Point2f first = grid.place_of(rect.x, rect.y);
  const int rows = static_cast<int>(static_cast<float>(rect.height) * grid.texel / kRootSpacing);
  const int columns = static_cast<int>(2 * -first.x / kRootSpacing);
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const cv::Point2f place =
          first + kRootSpacing * cv::Point2f(static_cast<float>(column) + random.uniform(),
                                             static_cast<float>(row) + random.uniform());
      const float accepted = random.uniform(), tone = random.uniform();
      const cv::Point2f sway(random.normal(), random.normal());
      const cv::Point2f at = grid.texel_of(place);
      const cv::Point texel(cvRound(at.x), cvRound(at.y));
      if (!rect.contains(texel) || accepted > share * density.at<float>(texel)) continue;
      const cv::Point2f direction = growth(place);
      const float own = length * (0.6f + 0.6f * tone);
      HairStroke hair;
      hair.root = place;
      hair.bend = place + 0.5f * own * (direction + 0.25f * sway);
      hair.tip = place + own * (direction + 0.35f * sway + cv::Point2f(0, 0.15f));
      hair.width = hair_width;
      hair.opacity = 0.55f + 0.4f * tone;
      hair.color = hair_color(random, color, gray);
      draw_hair(canvas, hair);
    }
  }
}

}  // namespace

void paint_beard(SkinCanvas &canvas, std::uint64_t seed, const Person &person) {
  if (person.femininity > 0.5f) return;
  Random random = layer_random(seed, SkinLayer::Beard);
  const SkinGrid &grid = canvas.grid;
  const BeardStyle style = pick_style(random);
  const float light = (person.hair[0] + person.hair[1] + person.hair[2]) / 3;
  const float thick = random.uniform(0.55f, 1.0f);
  const float gray = std::clamp(person.grayness * random.uniform(0.7f, 1.4f), 0.0f, 1.0f);
  cv::Vec3f color = person.hair;
  // Beards of the fair-haired are darker and redder than their hair.
  if (light > 0.06f) color = cv::Vec3f(0.65f, 0.75f, 1.0f).mul(color) * std::sqrt(0.08f / light);

  const cv::Mat ragged = fbm(grid.plane(), {layer_seed(seed, SkinLayer::Beard), 0.06f, 4, 0.7f});
  cv::Mat whole = cv::Mat::zeros(grid.size, grid.size, CV_32FC1);
  add_density(whole, grid, kWholeBeard, random.uniform(0.04f, 0.10f), ragged);
  clear_bare(whole, grid);
  const float trimmed = random.uniform(0.008f, 0.02f);
  const cv::Mat worn = worn_density(style.kind, whole, grid, trimmed, ragged);

  const float dark = smooth_step(0.25f, 0.02f, light) * (1 - 0.8f * gray);
  const float grown = smooth_step(17, 26, person.age);
  shade_shaved(canvas, whole, random.uniform(0.1f, 0.75f) * dark * grown * thick);
  if (style.kind == BeardKind::Shaved) return;
  const cv::Vec3f under = (1 - gray) * color + gray * cv::Vec3f(0.2f, 0.2f, 0.21f);
  shade_under(canvas, worn, under, style.under * thick);
  const float length = random.uniform(style.length_low, style.length_high);
  draw_hairs(canvas, random, worn, thick, length, color, gray);
}

}  // namespace hyperlips::synth
