// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

#include "synth/render/procedural_noise.hpp"
#include "util/random.hpp"

namespace hyperlips::synth {

/// A picture behind a head before the lens blurs it. Places are in heights of the frame: y 0 at its
/// top, 1 at its bottom, x 0 in the middle.
struct Scene {
  cv::Mat picture;     ///< CV_32FC3 linear B, G, R; bright lights exceed 1
  float scale = 1;     ///< pixels in a height of the frame
  cv::Point2f origin;  ///< pixel of the place 0, 0
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

// The kinds of backdrops; each draws over the whole picture.
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

// What they are made of.
void fill_box(Scene &scene, cv::Point2f from, cv::Point2f to, const cv::Vec3f &color);
void fill_disc(Scene &scene, cv::Point2f center, float radius, const cv::Vec3f &color,
               float opacity);
void add_glow(Scene &scene, cv::Point2f center, cv::Point2f radius, const cv::Vec3f &light);
/// Multiplies the picture by 1 + `strength` times noise.
void mottle(Scene &scene, const Fbm &fractal, float strength);
/// Darkens all by up to `strength` away from `bright`.
void fall_off(Scene &scene, cv::Point2f bright, float reach, float strength);
/// A color in linear light from hue 0 ... 6, saturation and value of 0 ... 1.
cv::Vec3f color_of(float hue, float saturation, float value);

}  // namespace hyperlips::synth
