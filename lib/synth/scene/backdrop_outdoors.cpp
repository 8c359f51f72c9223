// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>

#include "synth/scene/backdrop_scenes.hpp"

namespace hyperlips::synth {

namespace {

// Objects of outdoor scenes are within this distance of the middle, so that they are the same for
// every width of frame.
constexpr float kReach = 1.4f;

float across(Random &random) { return random.uniform(-kReach, kReach); }

void draw_gradient(Scene &scene, const cv::Vec3f &top, const cv::Vec3f &bottom, float from,
                   float to) {
  for (int y = 0; y < scene.picture.rows; ++y) {
    const float t = std::clamp((scene.place_of(0, y).y - from) / (to - from), 0.0f, 1.0f);
    const cv::Vec3f color = top + t * (bottom - top);
    for (int x = 0; x < scene.picture.cols; ++x) scene.picture.at<cv::Vec3f>(y, x) = color;
  }
}

/// Fills from a ragged skyline down.
void draw_ridge(Scene &scene, std::uint64_t seed, float level, float rough, float cell,
                const cv::Vec3f &color, float mottled) {
  cv::Mat line = cv::Mat::zeros(1, scene.picture.cols, CV_32FC1);
  NoisePlane plane = scene.plane();
  plane.texels.height = 1;
  plane.origin.y = 0;
  float amplitude = rough;
  for (int i = 0; i < 6; ++i, amplitude *= 0.55f, cell *= 0.5f)
    add_noise(line, plane, {mix(seed + static_cast<std::uint64_t>(i)), {cell, 1}}, amplitude);
  const cv::Mat texture = fbm(scene.plane(), {mix(seed ^ 77), 0.12f, 5, 0.7f});
  for (int x = 0; x < scene.picture.cols; ++x) {
    const float top = level + line.at<float>(0, x);
    for (int y = 0; y < scene.picture.rows; ++y)
      if (scene.place_of(x, y).y > top)
        scene.picture.at<cv::Vec3f>(y, x) =
            color * std::max(0.2f, 1 + mottled * texture.at<float>(y, x));
  }
}

}  // namespace

void draw_city_lights(Scene &scene, Random &random) {
  draw_gradient(scene, {0.02f, 0.012f, 0.01f}, {0.012f, 0.016f, 0.03f}, 0, 1);
  add_glow(scene, {across(random), 0.7f}, {1.2f, 0.3f}, {0.01f, 0.025f, 0.06f});
  const int blocks = 16;
  for (int i = 0; i < blocks; ++i) {
    const float x = across(random), top = random.uniform(0.1f, 0.7f);
    fill_box(scene, {x, top}, {x + random.uniform(0.1f, 0.35f), 2},
             cv::Vec3f(0.012f, 0.011f, 0.012f) * random.uniform(0.3f, 1.6f));
  }
  const int lights = 60 + random.below(160);
  const float size = random.uniform(0.012f, 0.04f);
  for (int i = 0; i < lights; ++i) {
    const cv::Point2f place(across(random), 0.58f + 0.22f * random.normal());
    const float kind = random.uniform();
    const float hue = kind < 0.72f   ? random.uniform(0.3f, 0.75f)
                      : kind < 0.75f ? random.uniform(5.7f, 6.0f)
                                     : random.uniform(0, 6);
    const cv::Vec3f color =
        color_of(hue, random.uniform(0.25f, 0.85f), random.uniform(0.15f, 1.0f));
    fill_disc(scene, place, size * random.uniform(0.6f, 1.3f), color, random.uniform(0.3f, 0.9f));
  }
}

void draw_foliage(Scene &scene, Random &random) {
  const float light = random.uniform(0.4f, 1.3f), hue = random.uniform(1.0f, 2.1f);
  draw_gradient(scene, color_of(hue, 0.55f, 0.35f * light), color_of(hue, 0.7f, 0.1f * light), 0,
                1);
  const cv::Mat depth = fbm(scene.plane(), {scene.seed, 0.35f, 6, 0.75f});
  const cv::Mat tint = fbm(scene.plane(), {mix(scene.seed), 0.25f, 4, 0.6f});
  for (int y = 0; y < depth.rows; ++y)
    for (int x = 0; x < depth.cols; ++x) {
      cv::Vec3f &pixel = scene.picture.at<cv::Vec3f>(y, x);
      pixel *= std::exp(0.75f * depth.at<float>(y, x));
      pixel[2] *= std::exp(0.25f * tint.at<float>(y, x));
    }
  const int trunks = random.below(4);
  for (int i = 0; i < trunks; ++i) {
    const float x = across(random);
    fill_box(scene, {x, -1}, {x + random.uniform(0.02f, 0.09f), 2},
             cv::Vec3f(0.02f, 0.03f, 0.04f) * random.uniform(0.5f, 2.0f));
  }
  const int leaves = 500;
  for (int i = 0; i < leaves; ++i)
    fill_disc(scene, {across(random), random.uniform(-0.1f, 1.1f)}, random.uniform(0.008f, 0.03f),
              color_of(hue + 0.3f * random.normal(), random.uniform(0.5f, 0.8f),
                       light * random.uniform(0.02f, 0.35f)),
              random.uniform(0.4f, 0.9f));
  const int gaps = random.below(70);
  for (int i = 0; i < gaps; ++i)
    fill_disc(scene, {across(random), random.uniform(-0.1f, 0.8f)}, random.uniform(0.006f, 0.025f),
              color_of(random.uniform(0.8f, 1.5f), 0.2f, random.uniform(0.5f, 2.0f) * light),
              random.uniform(0.4f, 0.9f));
}

void draw_landscape(Scene &scene, Random &random) {
  const bool evening = random.chance(0.3f);
  const float light = random.uniform(0.6f, 1.1f);
  const cv::Vec3f high = evening ? color_of(3.9f, 0.5f, 0.3f) : color_of(3.6f, 0.65f, 0.7f);
  const cv::Vec3f low = evening ? color_of(0.4f, 0.6f, 0.9f) : color_of(3.4f, 0.12f, 0.95f);
  const float horizon = random.uniform(0.45f, 0.8f);
  draw_gradient(scene, light * high, light * low, -0.1f, horizon);
  const cv::Mat clouds = fbm(scene.plane(), {scene.seed, 0.7f, 6, 0.6f});
  const float cover = random.uniform(-0.6f, 0.9f);
  const cv::Vec3f cloud =
      light * (evening ? cv::Vec3f(0.5f, 0.45f, 0.75f) : cv::Vec3f(0.95f, 0.93f, 0.92f));
  for (int y = 0; y < clouds.rows; ++y)
    for (int x = 0; x < clouds.cols; ++x) {
      const float amount = std::clamp((clouds.at<float>(y, x) + cover - 0.2f) / 1.6f, 0.0f, 0.9f);
      cv::Vec3f &pixel = scene.picture.at<cv::Vec3f>(y, x);
      pixel += amount * (cloud - pixel);
    }
  const int ridges = 1 + random.below(4);
  for (int i = 0; i < ridges; ++i) {
    const float near = static_cast<float>(i + 1) / static_cast<float>(ridges);
    const cv::Vec3f green =
        color_of(random.uniform(1.2f, 2.2f), 0.5f, light * random.uniform(0.04f, 0.16f));
    draw_ridge(scene, mix(scene.seed + static_cast<std::uint64_t>(i)),
               horizon + 0.12f * near - 0.1f, random.uniform(0.02f, 0.06f),
               random.uniform(0.2f, 0.8f), near * green + (1 - near) * 0.5f * (green + 0.6f * low),
               0.25f * near);
  }
}

void draw_street(Scene &scene, Random &random) {
  const float light = random.uniform(0.5f, 1.1f);
  draw_gradient(scene, light * color_of(3.5f, 0.3f, 0.9f), light * cv::Vec3f::all(0.85f), 0, 0.7f);
  const int houses = 14;
  for (int i = 0; i < houses; ++i) {
    const float x = across(random), width = random.uniform(0.25f, 0.6f);
    const float top = random.uniform(-0.4f, 0.35f);
    const cv::Vec3f wall =
        light * color_of(random.uniform(0.1f, 0.9f), random.uniform(0.05f, 0.45f),
                         random.uniform(0.12f, 0.55f));
    fill_box(scene, {x, top}, {x + width, 2}, wall);
    const float step = random.uniform(0.09f, 0.15f), shine = random.uniform(0.1f, 0.9f);
    for (float y = top + 0.05f; y < 0.75f; y += step)
      for (float u = x + 0.04f; u + 0.04f < x + width; u += 0.7f * step)
        fill_box(scene, {u, y}, {u + 0.35f * step, y + 0.6f * step},
                 light * cv::Vec3f(0.9f, 0.8f, 0.7f) * shine * random.uniform(0.1f, 0.6f));
  }
  const float ground = random.uniform(0.8f, 0.95f);
  fill_box(scene, {-10, ground}, {10, 2}, light * cv::Vec3f::all(random.uniform(0.08f, 0.2f)));
  for (int i = 0; i < 7; ++i) {
    const float x = across(random);
    const cv::Vec3f paint = light * color_of(random.uniform(0, 6), random.uniform(0, 0.7f),
                                             random.uniform(0.03f, 0.6f));
    fill_box(scene, {x, ground - 0.13f}, {x + 0.35f, ground + 0.03f}, paint);
    fill_box(scene, {x + 0.06f, ground - 0.2f}, {x + 0.28f, ground - 0.12f}, 0.3f * paint);
  }
  mottle(scene, {scene.seed, 0.3f, 5, 0.6f}, 0.08f);
}

}  // namespace hyperlips::synth
