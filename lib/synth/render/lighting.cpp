// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/render/lighting.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

constexpr int kMapSize = 160;
constexpr int kAmbientDirections = 36;
constexpr int kLightDirections = 9;

cv::Point3f unit(cv::Point3f v) { return v * (1 / std::sqrt(v.dot(v))); }

/// The direction `azimuth` degrees to the right of the viewer and `elevation` degrees above.
cv::Point3f towards(float azimuth, float elevation) {
  const float a = azimuth * std::numbers::pi_v<float> / 180,
              e = elevation * std::numbers::pi_v<float> / 180;
  return {std::sin(a) * std::cos(e), -std::sin(e), -std::cos(a) * std::cos(e)};
}

/// Linear B, G, R of light of a color temperature, about 2500 ... 10000 K, with green near 1. A
/// piecewise linear approximation of the Planckian locus, fitted by eye.
cv::Vec3f color_of(float kelvin) {
  const float warm = std::clamp((6500 - kelvin) / 4000, -1.f, 1.f);
  return warm > 0 ? cv::Vec3f(1 - 0.62f * warm, 1 - 0.18f * warm, 1 + 0.12f * warm)
                  : cv::Vec3f(1 - 0.25f * warm, 1, 1 + 0.18f * warm);
}

/// Point k of n, spread evenly over the unit sphere: a Fibonacci lattice. 2.39996323 is the golden
/// angle in radians.
cv::Point3f on_sphere(int k, int n) {
  const float y = 1 - 2 * (static_cast<float>(k) + 0.5f) / static_cast<float>(n);
  const float angle = static_cast<float>(k) * 2.39996323f, r = std::sqrt(1 - y * y);
  return {r * std::cos(angle), y, r * std::sin(angle)};
}

}  // namespace

Lighting make_lighting(std::uint64_t seed) {
  Random random(seed, kStreamLight);
  Lighting light;
  const float side = random.chance(0.5f) ? 1.f : -1.f;
  const float kelvin = random.uniform(3600, 7800);
  const float key = random.uniform(0.55f, 1.15f), ambient = random.uniform(0.22f, 0.75f);
  const cv::Vec3f key_color = color_of(kelvin),
                  ambient_color = color_of(kelvin + random.uniform(-900, 1800));
  light.lights.push_back({towards(side * random.uniform(5, 65), random.uniform(8, 55)),
                          key_color * key, random.uniform(0.08f, 0.5f)});
  light.lights.push_back(
      {towards(-side * random.uniform(20, 75), random.uniform(-5, 30)),
       color_of(kelvin + random.uniform(-1500, 1500)) * (key * random.uniform(0.08f, 0.5f)), 0.5f});
  if (random.chance(0.45f)) {  // from behind, on hair and cheek
    light.lights.push_back({towards(-side * random.uniform(115, 160), random.uniform(5, 45)),
                            color_of(random.uniform(3500, 8500)) * random.uniform(0.3f, 1.2f),
                            0.3f});
  }
  light.sky = ambient_color * ambient;
  light.ground = cv::Vec3f(light.sky[0] * 0.62f, light.sky[1] * 0.68f, light.sky[2] * 0.78f) *
                 random.uniform(0.5f, 0.9f);
  return light;
}

/// Distances to the nearest occluder, seen from one direction.
class ShadowCaster::DepthMap {
 public:
  DepthMap(std::span<const Occluder> occluders, cv::Point3f light)
      : depth_(kMapSize * kMapSize, 1e9f), z_(light * -1) {
    x_ = unit(std::abs(z_.y) < 0.9f ? z_.cross({0, 1, 0}) : z_.cross({1, 0, 0}));
    y_ = z_.cross(x_);
    for (const Occluder &occluder : occluders) {
      for (const Triangle &t : occluder.triangles) {
        add(place(occluder.points[t[0]]), place(occluder.points[t[1]]),
            place(occluder.points[t[2]]));
      }
    }
  }

  cv::Point3f towards_light() const { return z_ * -1; }

  /// 0 (hidden) ... 1 (seen), interpolated between four texels (percentage-closer filtering, Reeves
  /// et al. 1987).
  float sees(cv::Point3f point) const {
    const cv::Point3f p = place(point);
    const int x = static_cast<int>(p.x), y = static_cast<int>(p.y);
    if (p.x < 0 || p.y < 0 || x + 1 >= kMapSize || y + 1 >= kMapSize) return 1;
    const auto lit = [&](int i, int j) {
      return std::clamp(1 + (depth_[j * kMapSize + i] - p.z + kBias) / kBias, 0.f, 1.f);
    };
    const float fx = p.x - static_cast<float>(x), fy = p.y - static_cast<float>(y);
    return lerp(lerp(lit(x, y), lit(x + 1, y), fx), lerp(lit(x, y + 1), lit(x + 1, y + 1), fx), fy);
  }

 private:
  static constexpr float kReach = 1.5f;  // widths of the face around the origin
  static constexpr float kBias = 0.02f;  // against self-shadowing, widths of the face

  cv::Point3f place(cv::Point3f p) const {
    constexpr float scale = kMapSize / (2 * kReach);
    p.y -= 0.2f;
    return {p.dot(x_) * scale + kMapSize / 2.f, p.dot(y_) * scale + kMapSize / 2.f, p.dot(z_)};
  }

  void add(cv::Point3f a, cv::Point3f b, cv::Point3f c) {
    rasterize_triangle(a, b, c, {kMapSize, kMapSize}, 1e-6f, [this](int x, int y, float distance) {
      float &depth = depth_[y * kMapSize + x];
      depth = std::min(depth, distance);
    });
  }

  std::vector<float> depth_;
  cv::Point3f x_, y_, z_;
};

ShadowCaster::ShadowCaster(const Lighting &lighting, std::span<const Occluder> occluders) {
  for (int k = 0; k < kAmbientDirections; ++k)
    ambient_.emplace_back(occluders, on_sphere(k, kAmbientDirections));
  for (const DirectionalLight &light : lighting.lights) {
    auto &maps = lights_.emplace_back();
    for (int k = 0; k < kLightDirections; ++k) {
      maps.emplace_back(occluders,
                        unit(light.direction + on_sphere(k, kLightDirections) * light.softness));
    }
  }
}

ShadowCaster::~ShadowCaster() = default;

Shadows ShadowCaster::cast(std::span<const cv::Point3f> points,
                           std::span<const cv::Point3f> normals) const {
  Shadows shadows;
  constexpr float kLift = 0.012f;  // off the surface, against shadows of itself
  const auto lifted = [&](std::size_t i) { return points[i] + normals[i] * kLift; };
  std::vector<float> weight(points.size(), 1e-6f);
  shadows.ambient_occlusion.assign(points.size(), 0);
  for (const DepthMap &map : ambient_) {
    for (std::size_t i = 0; i < points.size(); ++i) {
      const float cosine = normals[i].dot(map.towards_light());
      if (cosine <= 0) continue;
      weight[i] += cosine;
      shadows.ambient_occlusion[i] += cosine * map.sees(lifted(i));
    }
  }
  for (std::size_t i = 0; i < points.size(); ++i) shadows.ambient_occlusion[i] /= weight[i];
  for (const auto &maps : lights_) {
    auto &lit = shadows.visibility.emplace_back(points.size(), 0.f);
    for (const DepthMap &map : maps) {
      for (std::size_t i = 0; i < points.size(); ++i)
        lit[i] += map.sees(lifted(i)) / kLightDirections;
    }
  }
  return shadows;
}

void shade(const Lighting &lighting, const Material &material, std::span<const cv::Point3f> normals,
           const Shadows *shadows, std::span<ScreenVertex> points) {
  // Light that scatters under the skin softens the edges of shadows, red the most.
  const Float4 wrap{material.wrap[0], material.wrap[1], material.wrap[2], 0};
  const Float4 softer = 1 / (1 + wrap), sky{lighting.sky[0], lighting.sky[1], lighting.sky[2], 0},
               ground{lighting.ground[0], lighting.ground[1], lighting.ground[2], 0};
  std::vector<cv::Point3f> halfway;
  for (const DirectionalLight &light : lighting.lights)
    halfway.push_back(unit(light.direction + cv::Point3f(0, 0, -1)));
  const float base = lighting.lights.empty() ? 1 : std::max(1e-3f, lighting.lights[0].color[1]);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Point3f &n = normals[i];
    const float unoccluded = shadows ? shadows->ambient_occlusion[i] : 1.f;
    const float up = 0.5f - 0.5f * n.y;
    // Light in narrow hollows has been scattered by skin: it is tinted as the wrap is.
    const Float4 tinted = unoccluded + (1 - unoccluded) * unoccluded * wrap * 0.8f;
    Float4 sum = (ground + (sky - ground) * up) * tinted;
    float highlight = 0;
    const float grazing = 1 - std::clamp(-n.z, 0.f, 1.f);
    // Schlick 1994 with F0 = 0.04; the power 4 and the factors below are fitted by eye.
    const float fresnel = 0.04f + 0.4f * grazing * grazing * grazing * grazing;
    for (std::size_t k = 0; k < lighting.lights.size(); ++k) {
      const DirectionalLight &light = lighting.lights[k];
      const float cosine = n.dot(light.direction);
      const float lit = shadows ? shadows->visibility[k][i] : 1.f;
      const Float4 color{light.color[0], light.color[1], light.color[2], 0};
      Float4 diffuse = (cosine + wrap) * softer;
      diffuse = diffuse > 0 ? diffuse : Float4{};
      const Float4 reaching = lit + (1 - lit) * lit * wrap * 1.6f;
      sum += color * diffuse * reaching;
      if (cosine > 0) {
        const float h = std::max(0.f, n.dot(halfway[k]));
        const float lobes =
            std::pow(h, material.shininess) * 0.75f + std::pow(h, material.shininess * 4) * 0.6f;
        highlight +=
            light.color[1] / base * lit * std::min(1.f, cosine * 4) * lobes * (fresnel * 6);
      }
    }
    highlight += fresnel * 0.8f * unoccluded * up * lighting.sky[1] / base;
    points[i].light = Float4{sum[0], sum[1], sum[2], highlight * material.sheen};
  }
}

}  // namespace hyperlips::synth
