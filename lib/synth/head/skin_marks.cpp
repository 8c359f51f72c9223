// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cmath>

#include "synth/head/skin_layers.hpp"

namespace hyperlips::synth {

namespace {

/// An elliptic mark; marks finer than a texel are wider and fainter.
void add_spot(cv::Mat &map, const SkinGrid &grid, cv::Point2f place, cv::Point2f radius,
              float amplitude, float angle = 0) {
  const float finest = 0.45f * grid.texel;
  const cv::Point2f drawn(std::max(radius.x, finest), std::max(radius.y, finest));
  add_bell(map, grid, place, drawn, amplitude * radius.x * radius.y / (drawn.x * drawn.y), angle);
}

cv::Point2f anywhere_on_face(Random &random) {
  return {random.uniform(-0.85f, 0.85f), random.uniform(-0.38f, 0.95f)};
}

void add_freckles(SkinCanvas &canvas, Random &random, float darkness) {
  const int count = 200 + random.below(900);
  const float size = random.uniform(0.0022f, 0.0038f);
  for (int i = 0; i < count; ++i) {
    // Densest on nose and cheeks.
    const cv::Point2f place(0.36f * random.normal(), 0.16f + 0.20f * random.normal());
    const float radius = size * random.uniform(0.5f, 1.6f);
    add_spot(canvas.melanin, canvas.grid, place, {radius, radius * random.uniform(0.7f, 1.0f)},
             darkness * random.uniform(0.3f, 1.0f), random.uniform(0, 3));
  }
}

void add_moles(SkinCanvas &canvas, Random &random, float melanin) {
  const int count = static_cast<int>(8 * random.uniform() * random.uniform());
  for (int i = 0; i < count; ++i) {
    const cv::Point2f place = anywhere_on_face(random);
    const float radius = random.uniform(0.003f, 0.0065f);
    const float angle = random.uniform(0, 3);
    const cv::Point2f shape(radius, radius * random.uniform(0.75f, 1.0f));
    add_spot(canvas.melanin, canvas.grid, place, shape,
             random.uniform(0.25f, 0.75f) * (1 - 0.4f * melanin), angle);
    add_spot(canvas.height, canvas.grid, place, shape, random.uniform(0.0f, 0.004f), angle);
  }
}

void add_acne(SkinCanvas &canvas, Random &random) {
  const int count = 3 + random.below(35);
  const cv::Point2f focus(random.uniform(0.1f, 0.5f), random.uniform(-0.25f, 0.65f));
  for (int i = 0; i < count; ++i) {
    const float side = random.chance(0.5f) ? 1.0f : -1.0f;
    const cv::Point2f place(side * (focus.x + 0.13f * random.normal()),
                            focus.y + 0.13f * random.normal());
    const float radius = random.uniform(0.004f, 0.010f);
    add_spot(canvas.blood, canvas.grid, place, {radius, radius}, random.uniform(0.4f, 1.5f));
    add_spot(canvas.melanin, canvas.grid, place, {radius, radius}, random.uniform(0.0f, 0.08f));
    add_spot(canvas.height, canvas.grid, place, {radius, radius}, random.uniform(0.0f, 0.0025f));
  }
}

void add_age_spots(SkinCanvas &canvas, Random &random, float amount) {
  const int count = static_cast<int>(amount * random.uniform(2, 45));
  for (int i = 0; i < count; ++i) {
    const cv::Point2f place = anywhere_on_face(random);
    const float radius = random.uniform(0.005f, 0.018f), dark = random.uniform(0.02f, 0.09f);
    // Overlapping lobes give an irregular outline.
    for (int lobe = 0; lobe < 4; ++lobe) {
      const cv::Point2f shift(radius * random.normal(), radius * random.normal());
      const float part = radius * random.uniform(0.4f, 0.9f);
      add_spot(canvas.melanin, canvas.grid, place + 0.7f * shift, {part, part}, dark);
    }
  }
}

/// Widened vessels at the nose and on the cheeks: fine, winding red threads.
void add_vessels(SkinCanvas &canvas, Random &random, float amount) {
  cv::Mat threads = cv::Mat::zeros(canvas.blood.size(), CV_32FC1);
  const int count = static_cast<int>(amount * random.uniform(10, 90));
  for (int i = 0; i < count; ++i) {
    const float side = random.chance(0.5f) ? 1.0f : -1.0f;
    const bool nose = random.chance(0.35f);
    cv::Point2f place = nose ? cv::Point2f(side * 0.12f, 0.26f) : cv::Point2f(side * 0.42f, 0.22f);
    place += (nose ? 0.02f : 0.08f) * cv::Point2f(random.normal(), random.normal());
    float angle = random.uniform(0, 6.28f);
    std::vector<cv::Point2f> points{place};
    for (int k = 0; k < 4; ++k) {
      angle += 0.7f * random.normal();
      place += 0.014f * cv::Point2f(std::cos(angle), std::sin(angle));
      points.push_back(place);
    }
    draw_furrow(threads, canvas.grid, smooth_curve(points, false), 0.0014f,
                random.uniform(0.2f, 0.9f));
  }
  canvas.blood += threads;
}

}  // namespace

void paint_marks(SkinCanvas &canvas, std::uint64_t seed, const Person &person) {
  Random random = layer_random(seed, SkinLayer::Marks);
  const float pale = smooth_step(0.45f, 0.1f, person.melanin);
  const bool red_hair = person.hair[2] > 3.2f * person.hair[1];
  if (random.chance(pale * (red_hair ? 0.9f : 0.3f)))
    add_freckles(canvas, random, random.uniform(0.05f, 0.22f));
  add_moles(canvas, random, person.melanin);
  if (random.chance(person.age < 32 ? 0.4f : 0.12f)) add_acne(canvas, random);
  add_age_spots(canvas, random, smooth_step(42, 75, person.age));
  add_vessels(canvas, random, pale * smooth_step(30, 65, person.age));
}

}  // namespace hyperlips::synth
