// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/skin.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "hyperlips/error.hpp"
#include "synth/head/skin_layers.hpp"

namespace hyperlips::synth {

namespace {

constexpr int kSmallest = 16, kLargest = 8192;

// Linear B, G, R of hair, from dark to light, with their frequencies on light and on dark skin,
// which are chosen.
struct HairColor {
  cv::Vec3f color;
  float on_pale, on_dark;
};
const std::array kHairColors{
    HairColor{{0.008f, 0.009f, 0.011f}, 0.12f, 0.72f},  // black
    HairColor{{0.011f, 0.017f, 0.028f}, 0.22f, 0.24f},  // darkest brown
    HairColor{{0.018f, 0.036f, 0.078f}, 0.24f, 0.03f},  // brown
    HairColor{{0.036f, 0.076f, 0.155f}, 0.16f, 0.0f},   // light brown
    HairColor{{0.085f, 0.180f, 0.310f}, 0.14f, 0.0f},   // fair
    HairColor{{0.200f, 0.340f, 0.480f}, 0.05f, 0.0f},   // very fair
    HairColor{{0.014f, 0.050f, 0.190f}, 0.07f, 0.0f},   // red
};

cv::Vec3f draw_hair_color(Random &random, float melanin) {
  const float dark = smooth_step(0.18f, 0.5f, melanin);
  float sum = 0;
  for (const auto &hair : kHairColors) sum += (1 - dark) * hair.on_pale + dark * hair.on_dark;
  float draw = sum * random.uniform();
  cv::Vec3f color = kHairColors.front().color;
  for (const auto &hair : kHairColors) {
    draw -= (1 - dark) * hair.on_pale + dark * hair.on_dark;
    color = hair.color;
    if (draw < 0) break;
  }
  const float light = std::exp(0.25f * random.normal()), warm = std::exp(0.1f * random.normal());
  return {color[0] * light / warm, color[1] * light, color[2] * light * warm};
}

}  // namespace

Person make_person(std::uint64_t seed) {
  Random random = layer_random(seed, SkinLayer::Person);
  Person person;
  person.age = 18 + 62 * std::pow(random.uniform(), 1.25f);
  const float spread = random.uniform() * random.uniform();
  person.femininity = random.chance(0.5f) ? 1 - 0.45f * spread : 0.45f * spread;
  person.melanin = std::pow(random.uniform(), 1.35f);
  person.hair = draw_hair_color(random, person.melanin);
  // Half of the people are half gray at 60; many who are dye their hair, women more than men.
  const float onset = random.uniform(28, 62);
  const bool dyed = random.chance(0.15f + 0.35f * person.femininity);
  const float gray = smooth_step(onset, onset + 30, person.age);
  person.grayness = dyed ? 0.1f * gray : gray;
  return person;
}

SkinTextures make_skin(std::uint64_t seed, const Person &person, int size) {
  if (size < kSmallest || size > kLargest)
    throw Error(ErrorKind::Settings, "Invalid skin texture size " + std::to_string(size) +
                                         ": expected " + std::to_string(kSmallest) + " to " +
                                         std::to_string(kLargest) + " texels.");
  SkinCanvas canvas(size);
  const MakeUp make_up = make_up_of(seed, person);
  paint_tone(canvas, seed, person, make_up);
  paint_marks(canvas, seed, person);
  paint_grain(canvas, seed, person, make_up);
  paint_lips(canvas, seed, person, make_up);
  paint_albedo(canvas, seed, person);
  paint_wrinkles(canvas, seed, person);
  paint_lipstick(canvas, make_up);
  paint_make_up(canvas, make_up);
  paint_beard(canvas, seed, person);
  paint_brows(canvas, seed, person, make_up);
  cv::min(canvas.gloss, 1, canvas.gloss);
  return {canvas.albedo, canvas.height, canvas.gloss};
}

}  // namespace hyperlips::synth
