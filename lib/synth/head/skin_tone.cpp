// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>
#include <cstring>

#include "synth/head/skin_layers.hpp"

namespace hyperlips::synth {

namespace {

// Diffuse reflectance of skin: that of the dermis times the transmittance of two pigments (Beer-
// Lambert). The coefficients follow the absorption of eumelanin and of hemoglobin at 460, 545 and
// 610 nm, flattened as by diffusion, and scaled so that melanin 0 ... 1 spans the palest to the
// darkest skin.
constexpr std::array kPalest{0.42f, 0.525f, 0.77f};      // B, G, R
constexpr std::array kMelaninLoss{2.44f, 2.12f, 1.83f};  // for melanin 1
constexpr std::array kBloodLoss{0.24f, 0.33f, 0.06f};    // for blood 1 more than on average
constexpr float kBloodUnderMelanin = 0.45f;              // how much melanin 1 hides of the blood
constexpr float kDarkest = 0.006f, kBrightest = 0.9f;

struct Region {
  cv::Point2f center, radius;  // in the left half; painted in both
  float blood, melanin;
};
// Regions with more blood near the surface or more melanin; chosen by eye.
const std::array kRegions{
    Region{{-0.40f, 0.24f}, {0.15f, 0.11f}, 0.55f, 0.0f},     // cheek
    Region{{-0.02f, 0.26f}, {0.07f, 0.06f}, 0.30f, 0.0f},     // tip of the nose
    Region{{-0.12f, 0.275f}, {0.045f, 0.04f}, 0.40f, 0.1f},   // wing of the nose
    Region{{-1.02f, 0.10f}, {0.10f, 0.16f}, 0.70f, 0.0f},     // ear
    Region{{-0.03f, 0.68f}, {0.10f, 0.07f}, 0.18f, 0.0f},     // chin
    Region{{-0.15f, -0.26f}, {0.25f, 0.08f}, -0.18f, 0.25f},  // forehead
    Region{{-0.03f, -0.12f}, {0.06f, 0.05f}, 0.15f, 0.0f},    // between the brows
    Region{{-0.27f, -0.06f}, {0.10f, 0.035f}, 0.30f, 0.5f},   // upper lid
    Region{{-0.15f, 0.03f}, {0.05f, 0.03f}, 0.30f, 0.6f},     // inner corner of the eye
    Region{{-0.19f, 0.42f}, {0.10f, 0.10f}, -0.10f, 0.3f},    // around the mouth
    Region{{-0.20f, 1.00f}, {0.40f, 0.12f}, -0.20f, -0.2f},   // neck
};
constexpr float kRegionMelanin = 0.09f;

float exp_fast(float x) {
  // 2^x from its exponent and a polynomial of its fraction, accurate to 1e-4; auto-vectorized.
  const float power = std::max(x * 1.442695f, -30.0f);
  const float shifted = power + 30;
  const int whole = static_cast<int>(shifted);
  const float part = shifted - static_cast<float>(whole);
  const float fraction = 1 + part * (0.6951786f + part * (0.2276434f + part * 0.0771780f));
  const std::int32_t bits = (whole - 30 + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return scale * fraction;
}

}  // namespace

void paint_tone(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                const MakeUp &make_up) {
  Random random = layer_random(seed, SkinLayer::Tone);
  const SkinGrid &grid = canvas.grid;
  const NoisePlane plane = grid.plane();
  const float even = 1 - 0.6f * make_up.foundation;
  const float ruddy = random.uniform(0.4f, 1.5f) * even;
  const float uneven = (0.4f + person.melanin) * even * random.uniform(0.5f, 1.4f);
  const float mottled = even * random.uniform(0.6f, 1.4f) * (0.8f + 0.01f * person.age);
  const float tired =
      (random.uniform(0.1f, 1.0f) + smooth_step(40, 80, person.age) * 0.5f) * (0.3f + 0.7f * even);

  canvas.melanin = person.melanin;
  canvas.blood = random.uniform(0.75f, 1.25f);
  for (const Region &region : kRegions) {
    const float chance = random.uniform(0.6f, 1.4f);
    add_bells(canvas.blood, grid, region.center, region.radius, chance * ruddy * region.blood);
    add_bells(canvas.melanin, grid, region.center, region.radius,
              chance * uneven * kRegionMelanin * region.melanin);
  }
  // Dark rings under the eyes: thin skin over veins.
  for (const auto index : landmark::kUnderEye) {
    add_bells(canvas.melanin, grid, skin_point(index), {0.05f, 0.025f},
              tired * 0.02f * (0.5f + person.melanin));
    add_bells(canvas.blood, grid, skin_point(index), {0.05f, 0.025f}, tired * 0.12f);
  }

  const std::uint64_t base = layer_seed(seed, SkinLayer::Tone);
  canvas.melanin +=
      mottled * (0.012f + 0.03f * person.melanin) * fbm(plane, {mix(base + 1), 0.32f, 7, 0.68f});
  canvas.blood += mottled * 0.13f * fbm(plane, {mix(base + 2), 0.11f, 6, 0.82f});
}

void paint_albedo(SkinCanvas &canvas, std::uint64_t seed, const Person &person) {
  Random random = layer_random(seed, SkinLayer::Albedo);
  // Carotene and the like: some skins are more yellow, some pinker, at equal melanin.
  const float yellow = random.uniform(-0.06f, 0.26f), bright = random.uniform(0.92f, 1.06f);
  const std::array<float, 3> dermis{kPalest[0] * bright * std::exp(-yellow),
                                    kPalest[1] * bright * std::exp(-0.15f * yellow),
                                    kPalest[2] * bright};
  for (int y = 0; y < canvas.grid.size; ++y) {
    const float *melanin = canvas.melanin.ptr<float>(y);
    const float *blood = canvas.blood.ptr<float>(y);
    float *albedo = canvas.albedo.ptr<float>(y);
    for (int x = 0; x < canvas.grid.size; ++x) {
      const float pigment = std::clamp(melanin[x], 0.0f, 1.4f);
      const float seen = (blood[x] - 1) * std::max(0.3f, 1 - kBloodUnderMelanin * pigment);
      for (int c = 0; c < 3; ++c)
        albedo[3 * x + c] =
            std::clamp(dermis[c] * exp_fast(-pigment * kMelaninLoss[c] - seen * kBloodLoss[c]),
                       kDarkest, kBrightest);
    }
  }
}

}  // namespace hyperlips::synth
