// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "synth/render/raster.hpp"
#include "synth/render/subdivision.hpp"

namespace hyperlips::synth {

/// A light source at infinity.
struct DirectionalLight {
  cv::Point3f direction;  ///< towards the light, of unit length
  cv::Vec3f color;        ///< linear B, G, R
  float softness = 0.2f;  ///< of its shadows: angular radius of the source, radians
};

/// Directional lights (the first is the key light) and hemispherical ambient light.
struct Lighting {
  std::vector<DirectionalLight> lights;
  cv::Vec3f sky, ground;  ///< ambient light from above and from below, linear B, G, R
};

/// The lighting of `seed`: key and fill light, for some seeds a rim light, and ambient light.
Lighting make_lighting(std::uint64_t seed);

/// How much light reaches each point of a mesh at rest.
struct Shadows {
  /// 0 (fully occluded) ... 1 (unoccluded), of the ambient light.
  std::vector<float> ambient_occlusion;
  /// 0 (in shadow) ... 1 (lit): visibility[light][point].
  std::vector<std::vector<float>> visibility;
};

/// A mesh that casts shadows.
struct Occluder {
  std::span<const cv::Point3f> points;
  std::span<const Triangle> triangles;
};

/// Shadow maps (Williams 1978) of some meshes, seen from many directions: averaged over a sphere
/// they give ambient occlusion, averaged over the disc of a light its soft shadow.
class ShadowCaster {
 public:
  ShadowCaster(const Lighting &lighting, std::span<const Occluder> occluders);
  ~ShadowCaster();

  /// The shadows on points with these normals (of unit length).
  Shadows cast(std::span<const cv::Point3f> points, std::span<const cv::Point3f> normals) const;

 private:
  class DepthMap;
  std::vector<DepthMap> ambient_;
  std::vector<std::vector<DepthMap>> lights_;
};

/// How a material reflects light.
struct Material {
  /// Wrap lighting of B, G, R, 0 (Lambert) ... 1: how far scattered light reaches beyond the
  /// terminator (Green 2004, Real-Time Approximations to Subsurface Scattering, GPU Gems).
  cv::Vec3f wrap{0, 0, 0};
  float shininess = 20;  ///< exponent of the highlight (Blinn 1977)
  float sheen = 1;       ///< strength of the highlight and of the reflection at grazing angles
};
// Fitted by eye.
inline const Material kSkin{{0.10f, 0.16f, 0.42f}, 16, 1};
inline const Material kWet{{0.1f, 0.15f, 0.3f}, 60, 1.6f};
inline const Material kCloth{{0.15f, 0.15f, 0.15f}, 4, 0.15f};

/// Computes ScreenVertex::light of points with these normals. `shadows` may be null: no shadows.
void shade(const Lighting &lighting, const Material &material, std::span<const cv::Point3f> normals,
           const Shadows *shadows, std::span<ScreenVertex> points);

}  // namespace hyperlips::synth
