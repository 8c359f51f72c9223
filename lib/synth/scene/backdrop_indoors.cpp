// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>

#include "synth/scene/backdrop_scenes.hpp"

namespace hyperlips::synth {

namespace {

cv::Vec3f paint_color(Random &random) {
  // Mostly muted: grays, beiges, blues, greens.
  const float saturation = 0.5f * random.uniform() * random.uniform() + 0.03f;
  return color_of(random.uniform(0, 6), saturation, random.uniform(0.12f, 0.75f));
}

void fill(Scene &scene, const cv::Vec3f &color) {
  scene.picture.setTo(cv::Scalar(color[0], color[1], color[2]));
}

cv::Point2f light_place(Random &random) {
  return {random.uniform(-0.9f, 0.9f), random.uniform(-0.3f, 0.7f)};
}

cv::Vec3f spine_color(Random &random) {
  const float kind = random.uniform();
  if (kind < 0.25f) return cv::Vec3f(0.9f, 0.97f, 1.0f) * random.uniform(0.01f, 0.75f);
  if (kind < 0.6f)  // leather, brick, straw
    return color_of(random.uniform(0.0f, 0.9f), random.uniform(0.35f, 0.9f),
                    random.uniform(0.03f, 0.4f));
  const float hue = kind < 0.85f ? random.uniform(3.3f, 4.2f) : random.uniform(1.6f, 2.8f);
  return color_of(hue, random.uniform(0.3f, 0.8f), random.uniform(0.02f, 0.3f));
}

/// A row of books or boxes that stand on `floor`.
void draw_row(Scene &scene, Random &random, float from, float to, float floor, float tallest) {
  float x = from;
  const float gloom = random.uniform(0.5f, 1.0f);
  while (x < to) {
    const float kind = random.uniform();
    if (kind < 0.12f) {
      x += random.uniform(0.02f, 0.12f);
      continue;
    }
    const bool box = kind > 0.93f;
    const float width =
        std::min(to - x, box ? random.uniform(0.06f, 0.14f) : random.uniform(0.012f, 0.04f));
    const float height =
        tallest * (box ? random.uniform(0.4f, 0.75f) : random.uniform(0.6f, 0.95f));
    const cv::Vec3f color = spine_color(random) * gloom;
    fill_box(scene, {x, floor - height}, {x + width, floor}, color);
    fill_box(scene, {x, floor - 0.75f * height}, {x + width, floor - 0.7f * height}, 1.6f * color);
    fill_box(scene, {x + 0.85f * width, floor - height}, {x + width, floor}, 0.55f * color);
    x += width;
  }
}

void draw_plant(Scene &scene, Random &random, cv::Point2f foot, float size) {
  fill_box(scene, foot + cv::Point2f(-0.18f, -0.3f) * size, foot + cv::Point2f(0.18f, 0) * size,
           color_of(random.uniform(0, 1), random.uniform(0.1f, 0.6f), random.uniform(0.15f, 0.5f)));
  for (int i = 0; i < 26; ++i) {
    const cv::Point2f leaf =
        foot + size * cv::Point2f(0.3f * random.normal(), -0.65f + 0.22f * random.normal());
    fill_disc(scene, leaf, size * random.uniform(0.06f, 0.14f),
              color_of(random.uniform(1.3f, 2.2f), 0.7f, random.uniform(0.03f, 0.2f)), 0.9f);
  }
}

void draw_window(Scene &scene, Random &random, cv::Point2f from, cv::Point2f to) {
  const cv::Vec3f sky = color_of(3.5f, random.uniform(0.0f, 0.25f), random.uniform(0.9f, 1.8f));
  const cv::Vec3f frame = cv::Vec3f::all(random.uniform(0.25f, 0.8f));
  fill_box(scene, from - cv::Point2f(0.03f, 0.03f), to + cv::Point2f(0.03f, 0.03f), frame);
  fill_box(scene, from, to, sky);
  const float horizon = from.y + (to.y - from.y) * random.uniform(0.5f, 0.9f);
  fill_box(scene, {from.x, horizon}, to, color_of(1.8f, 0.3f, random.uniform(0.2f, 0.6f)));
  const int bars = 1 + random.below(3);
  for (int i = 1; i <= bars; ++i) {
    const float x = from.x + (to.x - from.x) * static_cast<float>(i) / static_cast<float>(bars + 1);
    fill_box(scene, {x - 0.008f, from.y}, {x + 0.008f, to.y}, frame);
  }
  if (random.chance(0.4f))
    for (float y = from.y; y < to.y; y += 0.03f)
      fill_box(scene, {from.x, y}, {to.x, y + 0.014f}, 0.7f * sky);
}

/// A framed print of a few broad bands and blots.
void draw_print(Scene &scene, Random &random, cv::Point2f from, cv::Point2f size) {
  const cv::Point2f to = from + size, rim(0.012f, 0.012f);
  fill_box(scene, from - rim, to + rim,
           color_of(0.5f, 0.4f, random.chance(0.5f) ? 0.02f : random.uniform(0.2f, 0.8f)));
  fill_box(scene, from, to, cv::Vec3f::all(random.uniform(0.4f, 0.85f)));
  const float hue = random.uniform(0, 6);
  const int bands = 2 + random.below(4);
  for (int i = 0; i < bands; ++i) {
    const float top =
        from.y + size.y * (0.15f + 0.7f * static_cast<float>(i) / static_cast<float>(bands));
    fill_box(scene, {from.x + 0.12f * size.x, top}, {to.x - 0.12f * size.x, to.y - 0.1f * size.y},
             color_of(std::fmod(hue + 0.5f * random.uniform(), 6.0f), random.uniform(0.1f, 0.7f),
                      random.uniform(0.05f, 0.6f)));
  }
}

void draw_door(Scene &scene, Random &random, float left) {
  const cv::Vec3f leaf = color_of(random.uniform(0.3f, 0.6f), random.uniform(0.05f, 0.7f),
                                  random.uniform(0.05f, 0.7f));
  const float top = random.uniform(-0.15f, 0.12f);
  fill_box(scene, {left - 0.02f, top - 0.02f}, {left + 0.40f, 2}, 1.2f * leaf);
  fill_box(scene, {left, top}, {left + 0.38f, 2}, leaf);
  for (const float row : {0.05f, 0.5f})
    for (const float column : {0.05f, 0.21f})
      fill_box(scene, {left + column, top + row}, {left + column + 0.12f, top + row + 0.38f},
               0.8f * leaf);
  fill_disc(scene, {left + 0.355f, top + 0.55f}, 0.012f, cv::Vec3f(0.3f, 0.5f, 0.6f), 1);
}

/// A desk with screens that show plain areas.
void draw_desk(Scene &scene, Random &random, float left, float level) {
  const int screens = 1 + random.below(3);
  for (int i = 0; i < screens; ++i) {
    const float x = left + 0.05f + 0.27f * static_cast<float>(i), top = level - 0.22f;
    fill_box(scene, {x, top}, {x + 0.25f, top + 0.155f}, cv::Vec3f::all(0.012f));
    const cv::Vec3f glow = color_of(random.uniform(3.2f, 4.0f), random.uniform(0.05f, 0.5f),
                                    random.uniform(0.08f, 0.9f));
    fill_box(scene, {x + 0.008f, top + 0.008f}, {x + 0.242f, top + 0.147f}, glow);
    fill_box(scene, {x + 0.008f, top + 0.008f}, {x + random.uniform(0.03f, 0.12f), top + 0.147f},
             0.4f * glow);
    fill_box(scene, {x + 0.11f, top + 0.155f}, {x + 0.14f, level}, cv::Vec3f::all(0.03f));
  }
  fill_box(scene, {left, level}, {left + 0.95f, level + 0.03f},
           color_of(0.5f, 0.3f, random.uniform(0.1f, 0.7f)));
  fill_box(scene, {left + 0.03f, level + 0.03f}, {left + 0.06f, 2}, cv::Vec3f::all(0.1f));
}

}  // namespace

void draw_studio(Scene &scene, Random &random) {
  const bool dark = random.chance(0.35f);
  const float saturation = random.chance(0.6f) ? 0.05f : random.uniform(0.1f, 0.7f);
  fill(scene, color_of(random.uniform(0, 6), saturation,
                       dark ? random.uniform(0.015f, 0.1f) : random.uniform(0.15f, 0.95f)));
  mottle(scene, {scene.seed, 0.6f, 4, 0.5f}, random.uniform(0.0f, 0.12f));
  fall_off(scene, {random.uniform(-0.4f, 0.4f), random.uniform(0.1f, 0.6f)},
           random.uniform(0.45f, 1.1f), random.uniform(0.45f, 0.92f));
}

void draw_wall(Scene &scene, Random &random) {
  fill(scene, paint_color(random));
  const int kind = random.below(4);
  const cv::Vec3f base = scene.picture.at<cv::Vec3f>(0, 0);
  if (kind == 0) {  // bricks
    const cv::Vec3f clay = random.chance(0.5f) ? cv::Vec3f(0.05f, 0.08f, 0.25f) : 0.8f * base;
    const float height = random.uniform(0.035f, 0.06f), width = 2.6f * height;
    int row = 0;
    for (float y = -0.2f; y < 1.2f; y += height, ++row)
      for (float x = -0.5f * width * static_cast<float>(row % 2) -
                     width * std::ceil(-scene.left() / width);
           x < scene.right(); x += width)
        fill_box(scene, {x, y}, {x + 0.93f * width, y + 0.86f * height},
                 clay * (0.75f + 0.25f * lattice_value(scene.seed, cvRound(x / width * 2), row)));
  } else if (kind == 1) {  // panels
    const float width = random.uniform(0.18f, 0.5f), shift = random.uniform();
    for (float x = (std::floor(scene.left() / width) + shift) * width; x < scene.right();
         x += width)
      fill_box(scene, {x, -1}, {x + 0.012f, 2}, 0.45f * base);
  } else if (kind == 2) {  // two walls meet
    const float corner = random.uniform(-0.8f, 0.8f);
    fill_box(scene, {corner, -1}, {scene.right() + 1, 2}, random.uniform(0.5f, 0.8f) * base);
  } else {  // a dado and its rail
    const float rail = random.uniform(0.55f, 0.85f);
    fill_box(scene, {scene.left() - 1, rail}, {scene.right() + 1, 2},
             paint_color(random) * random.uniform(0.5f, 1.0f));
    fill_box(scene, {scene.left() - 1, rail - 0.02f}, {scene.right() + 1, rail + 0.01f},
             1.25f * base);
  }
  mottle(scene, {scene.seed, 0.4f, 8, 0.62f}, random.uniform(0.02f, 0.13f));
  fall_off(scene, light_place(random), random.uniform(0.5f, 1.3f), random.uniform(0.3f, 0.8f));
}

void draw_room(Scene &scene, Random &random) {
  fill(scene, paint_color(random));
  const cv::Vec3f wall = scene.picture.at<cv::Vec3f>(0, 0);
  const float side = random.chance(0.5f) ? 1.0f : -1.0f;
  const cv::Point2f lit(-side * 0.6f, 0.3f);
  fall_off(scene, lit, 1.2f, 0.5f);
  if (random.chance(0.3f)) {
    draw_door(scene, random, side > 0 ? -0.95f : 0.5f);
  } else if (random.chance(0.7f)) {
    const float x = -side * random.uniform(0.35f, 0.8f), half = random.uniform(0.16f, 0.32f);
    draw_window(scene, random, {x - half, random.uniform(-0.1f, 0.12f)},
                {x + half, random.uniform(0.55f, 0.8f)});
  }
  const float inner = random.uniform(0.2f, 0.4f);
  const float from = side > 0 ? inner : -inner - 0.65f;
  const cv::Vec3f wood = color_of(random.uniform(0.3f, 0.6f), 0.6f, random.uniform(0.03f, 0.3f));
  const int shelves = 2 + random.below(3);
  for (int i = 0; i < shelves; ++i) {
    const float y = 0.2f + 0.28f * static_cast<float>(i);
    draw_row(scene, random, from + 0.02f, from + 0.63f, y, 0.19f);
    fill_box(scene, {from, y}, {from + 0.65f, y + 0.02f}, wood);
    fill_box(scene, {from, y + 0.02f}, {from + 0.65f, y + 0.035f}, 0.5f * wall);
  }
  if (random.chance(0.5f))
    draw_print(scene, random,
               {side * random.uniform(-0.25f, 0.1f) - 0.1f, random.uniform(0.0f, 0.2f)},
               {random.uniform(0.14f, 0.3f), random.uniform(0.16f, 0.3f)});
  if (random.chance(0.6f))
    draw_plant(scene, random, {side * random.uniform(-0.85f, -0.25f), 0.98f},
               random.uniform(0.3f, 0.55f));
  if (random.chance(0.5f)) {
    const cv::Point2f lamp(side * random.uniform(-0.7f, 0.9f), random.uniform(0.2f, 0.55f));
    fill_box(scene, lamp - cv::Point2f(0.05f, 0.04f), lamp + cv::Point2f(0.05f, 0.05f),
             {0.6f, 1.2f, 1.9f});
    add_glow(scene, lamp, {0.22f, 0.25f}, cv::Vec3f(0.08f, 0.2f, 0.36f) * random.uniform(0.4f, 1));
  }
  const float table = random.uniform(0.82f, 1.05f);
  fill_box(scene, {scene.left() - 1, table}, {scene.right() + 1, 2}, 0.8f * wood);
  mottle(scene, {scene.seed, 0.3f, 5, 0.5f}, 0.05f);
}

void draw_office(Scene &scene, Random &random) {
  const float light = random.uniform(0.5f, 1.0f);
  fill(scene, light * color_of(random.uniform(0, 6), 0.06f, random.uniform(0.35f, 0.8f)));
  fall_off(scene, light_place(random), 1.3f, 0.5f);
  const float ceiling = random.uniform(-0.05f, 0.2f);
  fill_box(scene, {scene.left() - 1, -1}, {scene.right() + 1, ceiling},
           light * cv::Vec3f::all(random.uniform(0.4f, 0.8f)));
  const float shift = random.uniform(-0.5f, 0.5f);
  for (int i = -3; i <= 3; ++i) {
    const float x = 0.75f * static_cast<float>(i) + shift;
    fill_box(scene, {x, ceiling - 0.09f}, {x + 0.4f, ceiling - 0.05f}, cv::Vec3f(1.5f, 1.6f, 1.6f));
  }
  if (random.chance(0.6f)) {  // a partition of glass
    const cv::Vec3f frame = cv::Vec3f::all(random.uniform(0.02f, 0.3f));
    const float width = random.uniform(0.3f, 0.6f);
    for (int i = -5; i <= 5; ++i) {
      const float x = width * static_cast<float>(i) + shift;
      fill_box(scene, {x + 0.02f, ceiling + 0.05f}, {x + width, 0.9f},
               light * cv::Vec3f(0.75f, 0.72f, 0.62f) * random.uniform(0.5f, 1.1f));
      fill_box(scene, {x, ceiling}, {x + 0.02f, 2}, frame);
    }
  } else {
    draw_print(scene, random, {random.uniform(-0.8f, -0.4f), 0.22f}, {0.4f, 0.26f});
  }
  for (const float left : {-1.3f, 0.3f})
    if (random.chance(0.75f))
      draw_desk(scene, random, left + random.uniform(-0.1f, 0.2f), random.uniform(0.7f, 0.85f));
  if (random.chance(0.5f))
    draw_plant(scene, random, {random.chance(0.5f) ? 0.6f : -0.55f, 1.0f},
               random.uniform(0.35f, 0.6f));
  mottle(scene, {scene.seed, 0.4f, 4, 0.5f}, 0.05f);
}

void draw_bookshelf(Scene &scene, Random &random) {
  const cv::Vec3f wood = color_of(random.uniform(0.2f, 0.6f), random.uniform(0.2f, 0.7f),
                                  random.uniform(0.03f, 0.35f));
  fill(scene, 0.3f * wood);
  const float height = random.uniform(0.2f, 0.34f), width = random.uniform(0.5f, 0.9f);
  const float shift = random.uniform(0, width), top = random.uniform(0.0f, height);
  // The same shelves for frames of all shapes.
  constexpr int kBays = 4;
  for (float y = top; y < 1.2f + height; y += height)
    for (int bay = -kBays; bay <= kBays; ++bay) {
      const float x = static_cast<float>(bay) * width + shift;
      draw_row(scene, random, x, x + width - 0.03f, y, 0.88f * height);
      fill_box(scene, {x - 0.03f, y}, {x + width, y + 0.022f}, wood);
      fill_box(scene, {x - 0.03f, y - height}, {x, y}, 0.8f * wood);
    }
  mottle(scene, {scene.seed, 0.4f, 4, 0.5f}, 0.08f);
  fall_off(scene, light_place(random), random.uniform(0.6f, 1.4f), random.uniform(0.2f, 0.7f));
}

void draw_curtain(Scene &scene, Random &random) {
  fill(scene, paint_color(random));
  cv::Mat folds = cv::Mat::zeros(scene.picture.size(), CV_32FC1);
  const float cell = random.uniform(0.05f, 0.11f);
  add_noise(folds, scene.plane(), {scene.seed, {cell, 2.5f}}, 0.8f);
  add_noise(folds, scene.plane(), {mix(scene.seed), {0.45f * cell, 1.2f}}, 0.4f);
  const float contrast = random.uniform(0.12f, 0.4f);
  for (int y = 0; y < folds.rows; ++y)
    for (int x = 0; x < folds.cols; ++x)
      scene.picture.at<cv::Vec3f>(y, x) *= std::exp(contrast * folds.at<float>(y, x));
  mottle(scene, {mix(scene.seed + 1), 0.02f, 2, 0.6f}, 0.04f);
  fall_off(scene, light_place(random), random.uniform(0.5f, 1.3f), random.uniform(0.2f, 0.7f));
}

void draw_gel_lights(Scene &scene, Random &random) {
  fill(scene, cv::Vec3f::all(random.uniform(0.005f, 0.03f)));
  const float hue = random.uniform(0, 6);
  const int lights = 2 + random.below(2);
  for (int i = 0; i < lights; ++i) {
    const float x = (i % 2 ? 1.0f : -1.0f) * random.uniform(0.3f, 1.1f);
    add_glow(scene, {x, random.uniform(-0.2f, 0.9f)},
             {random.uniform(0.3f, 0.8f), random.uniform(0.3f, 0.9f)},
             color_of(std::fmod(hue + 2.2f * static_cast<float>(i), 6.0f),
                      random.uniform(0.75f, 0.97f), random.uniform(0.15f, 0.7f)));
  }
  mottle(scene, {scene.seed, 0.5f, 5, 0.55f}, random.uniform(0.03f, 0.15f));
}

}  // namespace hyperlips::synth
