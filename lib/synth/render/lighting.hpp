// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "synth/render/raster.hpp"
#include "synth/render/subdivision.hpp"

namespace hyperlips::synth {

/// A light far away.
struct Lamp {
  cv::Point3f direction;  ///< towards it, of unit length
  cv::Vec3f color;        ///< linear B, G, R
  float softness = 0.2f;  ///< of its shadows: radians of its disc
};

/// Lamps (the first is the key light) and the light that comes from everywhere.
struct Lighting {
  std::vector<Lamp> lamps;
  cv::Vec3f sky, ground;  ///< from above and from below
};

/// A portrait's light, a window, the sun, an office, a screen at night, ... by the seed.
Lighting make_lighting(std::uint64_t seed);

/// How much of the lights reaches each point of a surface at rest.
struct Shadows {
  std::vector<float> open;               ///< 0 ... 1 of the light from everywhere
  std::vector<std::vector<float>> lamp;  ///< 0 ... 1 of each lamp
};

/// A surface that casts shadows.
struct Occluder {
  std::span<const cv::Point3f> points;
  std::span<const Triangle> triangles;
};

/// Where some surfaces let the light of all directions pass.
class ShadowCaster {
 public:
  ShadowCaster(const Lighting &lighting, std::span<const Occluder> occluders);
  ~ShadowCaster();

  /// Shadows on points with these normals.
  Shadows cast(std::span<const cv::Point3f> points, std::span<const cv::Point3f> normals) const;

 private:
  class DepthMap;
  std::vector<DepthMap> open_;
  std::vector<std::vector<DepthMap>> lamps_;
};

/// How a material takes light.
struct Material {
  cv::Vec3f wrap{0, 0,
                 0};  ///< light that scatters under the surface around the terminator, B, G, R
  float shine = 20;   ///< exponent of the highlight
  float sheen = 1;    ///< strength of the highlight and of the reflection at grazing angles
};
inline const Material kSkin{{0.10f, 0.16f, 0.42f}, 16, 1};
inline const Material kWet{{0.1f, 0.15f, 0.3f}, 60, 1.6f};
inline const Material kCloth{{0.15f, 0.15f, 0.15f}, 4, 0.15f};

/// Light on points, to ScreenPoint::light. Where `shadows` is null nothing lies in shadow.
void shade(const Lighting &lighting, const Material &material, std::span<const cv::Point3f> normals,
           const Shadows *shadows, std::span<ScreenPoint> points);

}  // namespace hyperlips::synth
