// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/clothes/outfit.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kSoft = 0.004f;  // half the width of an edge

/// Weights of the garments, in the order of the enumeration, are chosen.
Garment pick_garment(Random &random, const Person &person) {
  const bool woman = person.femininity > 0.5f;
  constexpr std::array<float, 10> kMen{0.24f, 0.08f, 0.17f, 0.06f, 0.08f,
                                       0.12f, 0.14f, 0,     0.08f, 0},
      kWomen{0.17f, 0.15f, 0.09f, 0, 0.13f, 0.01f, 0.09f, 0.17f, 0.10f, 0.09f};
  const auto &weights = woman ? kWomen : kMen;
  float total = 0, at = random.uniform();
  for (float w : weights) total += w;
  at *= total;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    if (at < weights[k]) return static_cast<Garment>(k);
    at -= weights[k];
  }
  return Garment::CrewNeck;
}

void set_pattern(Random &random, Fabric &fabric, Pattern pattern) {
  fabric.pattern = pattern;
  switch (pattern) {
    case Pattern::Stripes:
      fabric.scale = random.uniform(0.10f, 0.26f);
      break;
    case Pattern::Pinstripes:
      fabric.scale = random.uniform(0.05f, 0.10f);
      break;
    case Pattern::Gingham:
      fabric.scale = random.uniform(0.07f, 0.14f);
      break;
    case Pattern::Tartan:
      fabric.scale = random.uniform(0.28f, 0.5f);
      break;
    case Pattern::Knit:
      fabric.scale = random.uniform(0.030f, 0.050f);
      break;
    case Pattern::Ribs:
      fabric.scale = random.uniform(0.025f, 0.035f);
      break;
    case Pattern::Dots:
      fabric.scale = random.uniform(0.07f, 0.13f);
      break;
    case Pattern::Flowers:
      fabric.scale = random.uniform(0.16f, 0.30f);
      break;
    default:
      break;
  }
}

/// Sets a pattern with a probability, unless there is one.
void maybe(Random &random, Fabric &fabric, float probability, Pattern pattern) {
  if (fabric.pattern == Pattern::Plain && random.chance(probability))
    set_pattern(random, fabric, pattern);
}

void cut_crew_neck(Random &random, Outfit &o) {
  o.neckline = {random.uniform(0.44f, 0.54f), 0, random.uniform(1.42f, 1.54f), 2.3f};
  maybe(random, o.fabric, 0.14f, Pattern::Stripes);
  maybe(random, o.fabric, 0.2f, Pattern::Melange);
  maybe(random, o.fabric, 0.25f, Pattern::Knit);
}

void cut_v_neck(Random &random, Outfit &o) {
  o.neckline = {random.uniform(0.46f, 0.56f), 0, random.uniform(1.68f, 1.98f), 1.15f};
  maybe(random, o.fabric, 0.35f, Pattern::Knit);
  maybe(random, o.fabric, 0.15f, Pattern::Melange);
}

void cut_shirt(Random &random, Outfit &o) {
  o.neckline = {0.42f, 0, random.uniform(1.58f, 1.82f), 1.1f};
  o.seam = false;
  if (random.chance(0.6f)) o.fabric.color = cloth_color(random, true, false);
  maybe(random, o.fabric, 0.18f, Pattern::Pinstripes);
  maybe(random, o.fabric, 0.16f, Pattern::Gingham);
  maybe(random, o.fabric, 0.15f, Pattern::Tartan);
  o.buttons = true;
}

/// A shirt with a tie, a jacket or both.
void cut_business_shirt(Random &random, Outfit &o) {
  const bool tie = o.garment != Garment::Jacket;
  o.fabric.color = cloth_color(random, tie || random.chance(0.7f), false);
  if (random.chance(0.15f)) set_pattern(random, o.fabric, Pattern::Pinstripes);
  o.neckline =
      tie ? Neckline{0.40f, 0, 1.30f, 2.f} : Neckline{0.42f, 0, random.uniform(1.55f, 1.9f), 1.1f};
  o.jacket = o.garment != Garment::ShirtAndTie;
  o.buttons = o.garment == Garment::Jacket;
  o.fit.folds *= 0.6f;
  o.seam = false;
}

void cut_hoodie(Random &random, Outfit &o) {
  o.neckline = {0.44f, 0, random.uniform(1.32f, 1.36f), 2.2f};
  o.seam = false;
  maybe(random, o.fabric, 0.5f, Pattern::Melange);
  o.fit.ease = 1;
  o.fit.folds *= 1.3f;
}

void cut_blouse(Random &random, Outfit &o) {
  o.neckline = {random.uniform(0.48f, 0.62f), 0, random.uniform(1.55f, 1.95f),
                random.uniform(1.2f, 2.0f)};
  maybe(random, o.fabric, 0.22f, Pattern::Flowers);
  maybe(random, o.fabric, 0.14f, Pattern::Dots);
  o.fabric.gloss = random.uniform(0.3f, 0.8f);
  o.fabric.grain *= 0.5f;
  o.fit.folds *= 1.25f;
}

void cut_roll_neck(Random &random, Outfit &o) {
  o.neckline = {0.40f, 0, 1.25f, 2.f};
  o.seam = false;
  if (random.chance(0.5f))
    set_pattern(random, o.fabric, random.chance(0.5f) ? Pattern::Knit : Pattern::Ribs);
  o.fit.folds *= 0.8f;
}

void cut_straps(Random &random, Outfit &o) {
  o.strap_x = random.uniform(0.62f, 0.78f);
  o.neckline = {o.strap_x + 0.05f, 0, random.uniform(1.75f, 1.95f), random.uniform(2.5f, 5.f)};
  maybe(random, o.fabric, 0.25f, Pattern::Flowers);
  o.fit.folds *= 0.5f;
  o.fit.ease = 0;
}

/// What distinguishes the garment: neckline, pattern and fit.
void cut_garment(Random &random, Outfit &o) {
  switch (o.garment) {
    case Garment::CrewNeck:
      return cut_crew_neck(random, o);
    case Garment::VNeck:
      return cut_v_neck(random, o);
    case Garment::Shirt:
      return cut_shirt(random, o);
    case Garment::ShirtAndTie:
    case Garment::Jacket:
    case Garment::JacketAndTie:
      return cut_business_shirt(random, o);
    case Garment::Hoodie:
      return cut_hoodie(random, o);
    case Garment::Blouse:
      return cut_blouse(random, o);
    case Garment::RollNeck:
      return cut_roll_neck(random, o);
    case Garment::Straps:
      return cut_straps(random, o);
  }
}

void add_jacket(Random &random, Outfit &o, bool woman) {
  o.over.color =
      cloth_color(random, woman && random.chance(0.3f), !random.chance(woman ? 0.4f : 0.2f));
  o.over.second = lerp(o.over.color, cv::Vec3f(0.6f, 0.6f, 0.6f), 0.35f);
  o.over.grain = random.uniform(0.05f, 0.12f);
  if (random.chance(0.15f)) set_pattern(random, o.over, Pattern::Pinstripes);
  if (random.chance(0.1f)) set_pattern(random, o.over, Pattern::Tartan);
  o.over.gloss = 0.15f;
  o.front.button_y = random.uniform(2.25f, 2.7f);
  o.front.lapel = random.uniform(0.28f, 0.40f);
  o.front.notch_y = random.uniform(1.55f, 1.70f);
}

void add_tie(Random &random, Outfit &o) {
  o.tie.color = cloth_color(random, false, random.chance(0.5f));
  o.tie.second = cloth_color(random, true, false);
  o.tie.gloss = 0.6f;
  if (!random.chance(0.5f)) return;
  o.tie.pattern = random.chance(0.6f) ? Pattern::Stripes : Pattern::Dots;
  o.tie.scale = o.tie.pattern == Pattern::Stripes ? random.uniform(0.08f, 0.2f)
                                                  : random.uniform(0.035f, 0.06f);
  o.tie.second = lerp(o.tie.color, o.tie.second, random.uniform(0.25f, 0.7f));
}

}  // namespace

float Outfit::covered(const cv::Point3f &point) const {
  const float cloth = smooth_step(-kSoft, kSoft, neckline.below(point.x, point.y));
  if (strap_x == 0) return cloth;
  const float x = std::abs(point.x), strap = std::abs(x - strap_x) - 0.055f;
  // Nothing covers the shoulders beside the straps.
  const float chest = point.y - 1.72f - 0.5f * (x - strap_x) - 0.35f * smooth_step(0.9f, 1.2f, x);
  const float top = x > strap_x ? smooth_step(-kSoft, kSoft, chest) : 1;
  return std::max(std::min(cloth, top), 1 - smooth_step(-kSoft, kSoft, strap));
}

float Outfit::within_jacket(const cv::Point3f &point) const {
  return point.y < front.button_y ? (std::abs(point.x) - front.edge(point.y)) * 0.9f
                                  : point.x - front.button_x;
}

Outfit make_outfit(Random &random, const Person &person) {
  Outfit o;
  o.garment = pick_garment(random, person);
  o.fabric.color = cloth_color(random, false, false);
  o.fabric.second =
      cloth_color(random, cv::norm(o.fabric.color) < 0.5, cv::norm(o.fabric.color) >= 0.5);
  o.fabric.grain = random.uniform(0.03f, 0.07f);
  o.fabric.gloss = random.uniform(0.1f, 0.3f);
  o.fit.folds = random.uniform(0.6f, 1.3f);
  o.fit.ease = random.uniform(0.2f, 0.8f);
  cut_garment(random, o);
  if (o.jacket) add_jacket(random, o, person.femininity > 0.5f);
  add_tie(random, o);
  return o;
}

}  // namespace hyperlips::synth
