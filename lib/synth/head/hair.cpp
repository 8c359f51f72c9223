// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/hair.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>

#include "synth/head/hair_style.hpp"
#include "synth/head/hair_texture.hpp"
#include "synth/head/scalp.hpp"
#include "synth/render/interpolation.hpp"
#include "synth/render/procedural_noise.hpp"
#include "util/random.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr int kAround = 72, kDown = 20;           // cells over the scalp
constexpr int kAcross = 44, kFallRows = 16;       // of falling hair
constexpr float kNothing = 0.02f, kDense = 0.6f;  // of opacity

cv::Point3f unit(cv::Point3f v) {
  return v * (1 / std::max(1e-6f, static_cast<float>(std::sqrt(v.dot(v)))));
}

cv::Point2f polar(float longitude, float angle) {
  return {angle * std::sin(longitude), angle * std::cos(longitude)};
}

/// A point of a layer: position, tangent of the hair, texture coordinates and depth.
struct Node {
  cv::Point3f point, strand;
  cv::Point2f uv;
  float depth;
};

/// The triangles of a layer that are not transparent; `dense` are opaque.
struct Cells {
  std::vector<Triangle> thin, dense;
};

class Builder {
 public:
  Builder(const HairStyle &style, const Scalp &scalp, const HairSheets &sheets, std::uint64_t seed,
          Hair &hair)
      : style_(style), scalp_(scalp), sheets_(sheets), seed_(seed), hair_(hair) {}

  void build() {
    const bool stubble = style_.density < 0.9f;
    if (!stubble) {
      const Cells under = cap([](float lift) { return 0.003f + 0.25f * lift; }, 0.4f, false, 0.5f);
      put(under);
      if (style_.curl > 0.8f) put(cap([](float lift) { return 0.6f * lift; }, 0.5f, false, 0.3f));
    }
    const Cells mass = cap([](float lift) { return lift; }, 9, false, 0);
    put(mass.thin);
    hair_.dense.start = count();
    put(mass.dense);
    hair_.dense.end = count();
    if (style_.length > 0) {
      const Cells falling = fall(0, false);
      hair_.fallen.start = count();
      put(falling.dense);
      hair_.dense.end = count();
      put(falling.thin);
      hair_.fallen.end = count();
      put(fall(0.012f, true));
    }
    if (style_.bun) put(bun());
    if (!stubble) put(cap([](float lift) { return 0.004f + lift * 1.12f; }, 9, true, 0));
    for (const float yaw : {-0.5f, 0.f, 0.5f}) outline(yaw);
  }

 private:
  int count() const { return static_cast<int>(hair_.mesh.triangles.size()); }
  void put(const std::vector<Triangle> &cells) {
    hair_.mesh.triangles.insert(hair_.mesh.triangles.end(), cells.begin(), cells.end());
  }
  void put(const Cells &cells) { put(cells.thin), put(cells.dense); }

  /// Tufts: factor of the height of the hair.
  float rough(cv::Point2f place) const {
    const auto noise = [&](float scale, int k) {
      const cv::Point2f p = place * scale;
      return std::sin(p.x + 2 * lattice_value(seed_, k, 0)) *
             std::sin(p.y + 2 * lattice_value(seed_, k, 1));
    };
    return 1 + (0.06f + 0.16f * style_.mess + 0.10f * style_.curl) * noise(5, 0) +
           (0.05f + 0.10f * style_.mess + 0.08f * style_.curl) * noise(13, 1);
  }

  cv::Point3f on(cv::Point2f place, const std::function<float(float)> &height) const {
    return scalp_.over(place, height(scalp_.lift(place) * rough(place)));
  }

  Cells grid(int columns, int rows, const std::function<Node(float, float)> &node) {
    Mesh &mesh = hair_.mesh;
    const std::size_t base = mesh.points.size();
    Mesh flat = make_grid(columns, rows, [&](float u, float v) {
      const Node made = node(u, v);
      hair_.strands.push_back(made.strand);
      hair_.depth.push_back(made.depth);
      mesh.uv.push_back(made.uv);
      mesh.points.push_back(made.point);
      return made.point;
    });
    Cells cells;
    for (Triangle t : flat.triangles) {
      for (auto &corner : t) corner += static_cast<std::uint32_t>(base);
      const cv::Point2f a = mesh.uv[t[0]], b = mesh.uv[t[1]], c = mesh.uv[t[2]];
      float most = 0, sum = 0;
      int samples = 0;
      for (int i = 0; i <= 4; ++i) {
        for (int j = 0; i + j <= 4; ++j, ++samples) {
          const float o = sheets_.opacity_at(a + (b - a) * (0.25f * static_cast<float>(i)) +
                                             (c - a) * (0.25f * static_cast<float>(j)));
          most = std::max(most, o), sum += o;
        }
      }
      if (most < kNothing) continue;
      (sum > kDense * static_cast<float>(samples) ? cells.dense : cells.thin).push_back(t);
    }
    return cells;
  }

  /// A layer over the scalp, up to `reach` radians inside the hairline.
  Cells cap(const std::function<float(float)> &height, float reach, bool loose, float depth) {
    Cells cells = grid(kAround, kDown, [&](float u, float v) {
      const cv::Point2f place = polar((u * 2 - 1) * kPi, 0.99f * Scalp::kReach * v);
      Node node;
      node.point = on(place, height);
      const cv::Point2f ahead = place + scalp_.flow(place) * 0.03f;
      node.strand = unit(on(ahead, height) - node.point);
      node.uv = sheets_.on_scalp(place, loose);
      const float roots = 1 - smooth_step(0, 0.25f, scalp_.inside(place));
      node.depth = std::clamp(
          depth + 0.15f * roots +
              0.25f * (1 - Scalp::topness(place)) * smooth_step(1.6f, 2.1f, v * Scalp::kReach),
          0.f, 1.f);
      return node;
    });
    if (reach < 9) {
      const auto far = [&](const Triangle &t) {
        const cv::Point3f p = hair_.mesh.points[t[0]];
        return scalp_.inside(Scalp::map(p)) > reach;
      };
      std::erase_if(cells.thin, far), std::erase_if(cells.dense, far);
    }
    return cells;
  }

  /// Long hair: over the scalp to its widest point, then down.
  cv::Point3f falling_point(float across, float down, float out) const {
    const float longitude = lerp(style_.curtain, 2 * kPi - style_.curtain, across);
    const float away = std::min(longitude, 2 * kPi - longitude),
                side = longitude < kPi ? 1.f : -1.f;
    constexpr float kOver = 0.34f, kStart = 0.6f, kWidest = 1.5f;
    const auto over = [&](float t) {
      return on(polar(longitude, lerp(kStart, kWidest, t)),
                [&](float lift) { return lift * lerp(1.f, 1.25f, t) + 0.008f + out; });
    };
    if (down <= kOver) return over(down / kOver);
    cv::Point3f p = over(1);
    const float t = (down - kOver) / (1 - kOver), top = p.y;
    p.y =
        lerp(top, style_.length + 0.03f * std::sin(9 * across + 3 * lattice_value(seed_, 5, 0)), t);
    const float below = smooth_step(0.1f, 0.9f, p.y), fall = p.y - top;
    // It follows the head down to the jaw, then the neck; hair before the shoulders comes forward.
    const float front = style_.to_front * (1 - smooth_step(1.55f, 2.1f, away));
    const float narrow = 1 - (0.16f - 0.9f * style_.side_volume) * below;
    p.x *= lerp(narrow, 0.97f, front);
    p.x += side * 0.02f * std::sin(7 * p.y + 4 * lattice_value(seed_, 6, static_cast<int>(side))) *
           below;
    p.z = lerp(p.z, lerp(p.z * 0.75f + 0.16f, -0.34f, front), smooth_step(0.05f, 1.15f, fall));
    if (front > 0) p.z -= 0.2f * front * smooth_step(1.0f, 1.7f, p.y);
    const float wave = (0.01f + 0.05f * style_.curl) * below;
    const float ripple = wave * std::sin(11 * p.y + 17 * across + 5 * lattice_value(seed_, 7, 0));
    p.x += side * ripple * std::sin(away), p.z -= ripple * std::cos(away);
    return p;
  }
  Cells fall(float out, bool loose) {
    return grid(kAcross, kFallRows, [&](float u, float v) {
      Node node;
      node.point = falling_point(u, v, out);
      node.strand = unit(falling_point(u, std::min(1.f, v + 0.03f), out) -
                         falling_point(u, std::max(0.f, v - 0.03f), out));
      node.uv = sheets_.falling(u, v, loose);
      const float away = std::abs(u - 0.5f) * 2 * (kPi - style_.curtain);
      // Its back is visible from inside only.
      node.depth = 0.9f * smooth_step(0.35f, 0.8f, v) * (1 - smooth_step(0.5f, 1.0f, away));
      return node;
    });
  }

  Cells bun() {
    const cv::Point2f seat(0, -0.25f);
    const cv::Point3f out = Scalp::direction(seat), middle = scalp_.over(seat, 0.09f);
    const cv::Point3f x(1, 0, 0), y = out.cross(x);
    return grid(24, 12, [&](float u, float v) {
      const float a = 2 * kPi * u, b = kPi * v * 0.95f;
      const cv::Point3f direction =
          out * std::cos(b) + (x * std::sin(a) - y * std::cos(a)) * std::sin(b);
      Node node;
      node.point = middle + direction * 0.15f * (1 + 0.05f * std::sin(3 * a + 5 * b));
      node.strand = unit(out.cross(direction) + x * 0.01f);
      node.uv = sheets_.on_scalp(seat + polar(a, 0.15f + 0.3f * v), false);
      node.depth = 0.4f * v;
      return node;
    });
  }

  /// Stray hairs at the outline, for one yaw of the head.
  void outline(float yaw) {
    const bool stubble = style_.density < 0.9f;
    const float height =
        stubble ? style_.top_length * 0.45f
                : 0.035f + 0.03f * style_.mess + 0.05f * style_.curl * (style_.curl > 0.5f);
    Cells cells = grid(56, 1, [&](float u, float v) {
      const float around = (u * 2 - 1) * 1.75f;  // from the top down both sides
      const cv::Point3f ray(std::sin(around) * std::cos(yaw), -std::cos(around),
                            std::sin(around) * std::sin(yaw) + 0.12f);
      const cv::Point2f place = Scalp::map(cv::Point3f(0, -0.14f, 0.10f) + ray);
      Node node;
      const float grown = smooth_step(0.05f, 0.25f, scalp_.inside(place)) * scalp_.growth(place);
      node.point = on(place, [&](float lift) { return lift - 0.008f + height * grown * (1 - v); });
      node.strand = unit(cv::Point3f(-ray.y, ray.x, 0));
      node.uv = sheets_.outline(u, 1 - v);
      node.depth = 0.1f;
      return node;
    });
    const auto bare = [&](const Triangle &t) {
      return scalp_.inside(Scalp::map(hair_.mesh.points[t[0]])) < 0.12f;
    };
    std::erase_if(cells.thin, bare), std::erase_if(cells.dense, bare);
    put(cells);
  }

  const HairStyle &style_;
  const Scalp &scalp_;
  const HairSheets &sheets_;
  std::uint64_t seed_;
  Hair &hair_;
};

}  // namespace

Hair make_hair(std::uint64_t seed, const Person &person, const Landmarks &face) {
  Hair hair;
  const HairStyle style = make_hair_style(seed, person);
  if (style.bald) return hair;
  const Scalp scalp(face, style);
  const HairSheets sheets(seed, person, style, scalp);
  Builder(style, scalp, sheets, mix(seed), hair).build();
  hair.texture = Texture(sheets.color(), sheets.opacity());
  hair.covers_ears = style.length > 0;
  return hair;
}

void shade_hair(const Lighting &lighting, const Shadows *shadows,
                std::span<const cv::Point3f> normals, std::span<const cv::Point3f> strands,
                std::span<const float> depth, std::span<ScreenVertex> points) {
  const float base = std::max(1e-3f, lighting.lights[0].color[1]);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Point3f &n = normals[i], &t = strands[i];
    const float unoccluded =
        (shadows ? shadows->ambient_occlusion[i] : 1.f) * (1 - 0.55f * depth[i]);
    cv::Vec3f sum = lighting.ground + (lighting.sky - lighting.ground) * (0.5f - 0.5f * n.y);
    sum *= unoccluded;
    float highlight = 0;
    for (std::size_t k = 0; k < lighting.lights.size(); ++k) {
      const DirectionalLight &light = lighting.lights[k];
      const float lit = (shadows ? shadows->visibility[k][i] : 1.f) * (1 - 0.5f * depth[i]);
      const float side = std::clamp(0.35f + 0.65f * n.dot(light.direction), 0.f, 1.f);
      const float along = t.dot(light.direction);
      sum += light.color * (std::sqrt(std::max(0.f, 1 - along * along)) * side * lit);
      cv::Point3f halfway = light.direction + cv::Point3f(0, 0, -1);
      halfway *= 1 / std::max(1e-3f, static_cast<float>(std::sqrt(halfway.dot(halfway))));
      // The lobe is shifted towards the root by the tilt of the cuticle scales (Marschner et al.
      // 2003).
      const float across = t.dot(halfway) + 0.12f;
      const float lobe = std::pow(std::max(0.f, 1 - across * across), 24.f);
      highlight += light.color[1] / base * lobe * side * lit;
    }
    points[i].light = Float4{sum[0], sum[1], sum[2], highlight * 5.0f};
  }
}

}  // namespace hyperlips::synth
