// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

#include "synth/render/procedural_noise.hpp"
#include "util/random.hpp"

namespace hyperlips::synth {

/// A background before the lens blurs it. Coordinates are in heights of the frame: y 0 at the top,
/// 1 at the bottom, x 0 in the middle.
struct Scene {
  cv::Mat picture;     ///< CV_32FC3 linear B, G, R; bright lights exceed 1
  float scale = 1;     ///< pixels per height of the frame
  cv::Point2f origin;  ///< pixel of the point 0, 0
  std::uint64_t seed = 0;

  cv::Point2f place_of(int x, int y) const {
    return (cv::Point2f(static_cast<float>(x) + 0.5f, static_cast<float>(y) + 0.5f) - origin) /
           scale;
  }
  cv::Point pixel_of(cv::Point2f place) const;
  NoisePlane plane() const;
  float left() const { return place_of(0, 0).x; }
  float right() const { return place_of(picture.cols, 0).x; }
};

// The kinds of backdrops; each fills the whole picture. Colors and sizes are chosen.
void draw_studio(Scene &scene, Random &random);
void draw_wall(Scene &scene, Random &random);
void draw_room(Scene &scene, Random &random);
void draw_office(Scene &scene, Random &random);
void draw_bookshelf(Scene &scene, Random &random);
void draw_curtain(Scene &scene, Random &random);
void draw_city_lights(Scene &scene, Random &random);
void draw_foliage(Scene &scene, Random &random);
void draw_landscape(Scene &scene, Random &random);
void draw_gel_lights(Scene &scene, Random &random);
void draw_street(Scene &scene, Random &random);

// Drawing primitives.
void fill_box(Scene &scene, cv::Point2f from, cv::Point2f to, const cv::Vec3f &color);
void fill_disc(Scene &scene, cv::Point2f center, float radius, const cv::Vec3f &color,
               float opacity);
void add_glow(Scene &scene, cv::Point2f center, cv::Point2f radius, const cv::Vec3f &light);
/// Multiplies the picture by 1 + `strength` times fractal noise.
void mottle(Scene &scene, const Fbm &parameters, float strength);
/// Darkens the picture by up to `strength` with the distance from `bright`.
void fall_off(Scene &scene, cv::Point2f bright, float reach, float strength);
/// HSV to linear B, G, R: hue 0 ... 6 (0 red, 2 green, 4 blue), saturation and value 0 ... 1.
cv::Vec3f color_of(float hue, float saturation, float value);

}  // namespace hyperlips::synth
