// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/clothes/fabric.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

float fraction(float v) { return v - std::floor(v); }

/// 1 within a stripe of `width` of the repeat, 0 outside, with soft edges.
float stripe(float position, float width, float soft) {
  const float d = std::abs(fraction(position) - 0.5f);
  return 1 - smooth_step(width / 2 - soft, width / 2 + soft, d);
}

/// Values of -1 ... 1 that belong to a cell.
cv::Vec3f scatter(int i, int j) {
  const std::uint64_t bits = mix(static_cast<std::uint64_t>(static_cast<std::uint32_t>(i)) << 32 |
                                 static_cast<std::uint32_t>(j));
  const auto part = [&](int shift) {
    return static_cast<float>((bits >> shift) & 0xffff) / 32767.5f - 1;
  };
  return {part(0), part(16), part(32)};
}

cv::Vec3f tartan(const Fabric &fabric, float s, float t) {
  const float wide = 0.5f * (stripe(s, 0.45f, 0.03f) + stripe(t, 0.45f, 0.03f));
  const float fine = 0.5f * (stripe(s + 0.5f, 0.06f, 0.02f) + stripe(t + 0.5f, 0.06f, 0.02f));
  const cv::Vec3f ground = lerp(fabric.color, fabric.color * 0.35f, wide);
  return lerp(ground, fabric.second, 0.8f * fine);
}

/// Every second row is shifted by half the repeat.
cv::Vec3f dots(const Fabric &fabric, float s, float t) {
  const float row = std::floor(t), shift = 0.5f * fraction(row * 0.5f) * 2;
  const float dx = fraction(s + shift) - 0.5f, dy = fraction(t) - 0.5f;
  return lerp(fabric.color, fabric.second,
              1 - smooth_step(0.15f, 0.22f, std::sqrt(dx * dx + dy * dy)));
}

/// A flower of five petals in each cell of the repeat, at a random position.
cv::Vec3f flowers(const Fabric &fabric, float s, float t) {
  constexpr float kReach = 0.55f;
  cv::Vec3f color = fabric.color;
  const int i = static_cast<int>(std::floor(s)), j = static_cast<int>(std::floor(t));
  for (int y = j - 1; y <= j + 1; ++y) {
    for (int x = i - 1; x <= i + 1; ++x) {
      const cv::Vec3f jitter = scatter(x, y);
      const float dx = s - static_cast<float>(x) - 0.5f - 0.4f * jitter[0];
      const float dy = t - static_cast<float>(y) - 0.5f - 0.4f * jitter[1];
      if (dx * dx + dy * dy > kReach * kReach) continue;
      const float angle = std::atan2(dy, dx) + 3 * jitter[2];
      const float size = 0.30f + 0.10f * jitter[2] + 0.08f * std::sin(5 * angle);
      const float petal = 1 - smooth_step(size - 0.06f, size + 0.06f, std::hypot(dx, dy));
      const cv::Vec3f tone =
          jitter[2] > 0 ? fabric.second : lerp(fabric.second, fabric.color, 0.55f);
      color = lerp(color, tone, petal);
    }
  }
  return color;
}

/// The light on a knit of V-shaped loops, 0 ... 1.
float knit(float s, float t) {
  const float across = fraction(s) - 0.5f;
  const float loop = fraction(t * 1.15f + 0.8f * std::abs(across));
  return 1 - 0.30f * smooth_step(0.3f, 0.5f, std::abs(across)) -
         0.16f * smooth_step(0.55f, 1.f, loop);
}

}  // namespace

cv::Vec3f Fabric::at(float along, float down, float grain_value) const {
  cv::Vec3f c = color;
  float shade = 1 + grain * grain_value;
  const float s = along / scale, t = down / scale;
  switch (pattern) {
    case Pattern::Plain:
      break;
    case Pattern::Melange:
      shade += 2.2f * grain * grain_value;
      break;
    case Pattern::Stripes:
      c = lerp(color, second, stripe(t, 0.42f, 0.05f));
      break;
    case Pattern::Pinstripes:
      c = lerp(color, second, 0.6f * stripe(s, 0.16f, 0.08f));
      break;
    case Pattern::Gingham:
      c = lerp(color, second, 0.5f * (stripe(s, 0.5f, 0.04f) + stripe(t, 0.5f, 0.04f)));
      break;
    case Pattern::Tartan:
      c = tartan(*this, s, t);
      break;
    case Pattern::Knit:
      shade *= knit(s, t);
      break;
    case Pattern::Ribs:
      shade *= 1 - 0.34f * (1 - stripe(s, 0.62f, 0.2f));
      break;
    case Pattern::Dots:
      c = dots(*this, s, t);
      break;
    case Pattern::Flowers:
      c = flowers(*this, s, t);
      break;
  }
  for (int k = 0; k < 3; ++k) c[k] = std::clamp(c[k] * shade, 0.f, 1.f);
  return c;
}

cv::Vec3f cloth_color(Random &random, bool pale, bool dark) {
  // Linear B, G, R.
  constexpr std::array<std::array<float, 3>, 8> kPale{{{0.72f, 0.74f, 0.75f},
                                                       {0.78f, 0.79f, 0.80f},
                                                       {0.72f, 0.55f, 0.42f},
                                                       {0.62f, 0.50f, 0.36f},
                                                       {0.58f, 0.60f, 0.74f},
                                                       {0.44f, 0.58f, 0.66f},
                                                       {0.55f, 0.62f, 0.52f},
                                                       {0.66f, 0.56f, 0.60f}}};
  constexpr std::array<std::array<float, 3>, 8> kDark{{{0.012f, 0.012f, 0.012f},
                                                       {0.022f, 0.021f, 0.020f},
                                                       {0.055f, 0.028f, 0.018f},
                                                       {0.085f, 0.042f, 0.024f},
                                                       {0.060f, 0.058f, 0.056f},
                                                       {0.030f, 0.018f, 0.075f},
                                                       {0.025f, 0.045f, 0.022f},
                                                       {0.020f, 0.030f, 0.048f}}};
  constexpr std::array<std::array<float, 3>, 12> kOthers{{{0.18f, 0.17f, 0.16f},
                                                          {0.32f, 0.31f, 0.30f},
                                                          {0.34f, 0.16f, 0.06f},
                                                          {0.20f, 0.10f, 0.05f},
                                                          {0.035f, 0.030f, 0.36f},
                                                          {0.050f, 0.035f, 0.19f},
                                                          {0.050f, 0.28f, 0.52f},
                                                          {0.10f, 0.20f, 0.11f},
                                                          {0.20f, 0.19f, 0.06f},
                                                          {0.30f, 0.16f, 0.30f},
                                                          {0.17f, 0.26f, 0.36f},
                                                          {0.07f, 0.15f, 0.28f}}};
  const auto pick = [&](const auto &colors) {
    const auto &c = colors[static_cast<std::size_t>(random.below(static_cast<int>(colors.size())))];
    const float value = random.uniform(0.82f, 1.12f);
    cv::Vec3f result;
    for (int k = 0; k < 3; ++k)
      result[k] = std::clamp(c[static_cast<std::size_t>(k)] * value * random.uniform(0.9f, 1.1f),
                             0.f, 0.85f);
    return result;
  };
  if (pale) return pick(kPale);
  if (dark) return pick(kDark);
  const float kind = random.uniform();
  if (kind < 0.28f) return pick(kDark);
  return kind < 0.5f ? pick(kPale) : pick(kOthers);
}

}  // namespace hyperlips::synth
