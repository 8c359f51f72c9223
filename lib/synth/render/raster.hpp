// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "synth/render/subdivision.hpp"

namespace hyperlips::synth {

/// Four floats in one SIMD register: B, G, R and a fourth channel.
typedef float Float4 __attribute__((vector_size(16)));

/// An image of four channels: B, G, R and gloss or opacity. Eight bits each, so that the textures
/// of a frame fit in the processor's cache; colors are stored as the square root of linear light.
class Texture {
 public:
  Texture() = default;
  /// `color`: CV_32FC3 of 0 ... 1, `fourth`: CV_32FC1 of the same size, 0 ... 1.
  Texture(const cv::Mat &color, const cv::Mat &fourth);

  int width() const { return width_; }
  int height() const { return height_; }
  /// Bilinear, clamped at the edges; u and v are 0 ... 1. Linear light, 0 ... 1.
  Float4 sample(float u, float v) const;

 private:
  int width_ = 0, height_ = 0;
  std::vector<std::uint8_t> texels_;
};

/// A vertex of a mesh, projected and lit.
struct ScreenVertex {
  float x = 0, y = 0;  ///< pixels; the center of pixel (i, j) is (i, j)
  float depth = 0;     ///< in widths of the face; smaller is nearer
  float u = 0, v = 0;  ///< texture coordinates, 0 ... 1
  Float4 light{};      ///< factors of the texture's B, G, R, and the specular highlight
};

/// The meaning of a texture's fourth channel: gloss (Opaque) or opacity (Alpha).
enum class Blending { Opaque, Alpha };

/// Maps linear light to 8-bit B, G, R: exposure, white balance, sRGB curve (IEC 61966-2-1) and
/// contrast.
class ToneCurve {
 public:
  /// `exposure` multiplies linear light; `contrast` 0 is the curve of sRGB, 1 a film's; `balance`
  /// is the gain of B, G, R.
  ToneCurve(float exposure, float contrast, cv::Vec3f balance);
  ToneCurve() : ToneCurve(1, 0, {1, 1, 1}) {}

  void apply(Float4 linear, std::uint8_t *bgr) const {
    Float4 step = linear * gain_;
    step = step > 0 ? step : Float4{};
    step = step < kLast ? step : kLast;
    const auto index = __builtin_convertvector(step, Int4);
    for (int k = 0; k < 3; ++k) bgr[k] = curve_[static_cast<std::size_t>(index[k])];
  }
  /// CV_32FC3 to CV_8UC3.
  cv::Mat apply(const cv::Mat &linear) const;

 private:
  static constexpr int kSteps = 8192;
  typedef int Int4 __attribute__((vector_size(16)));
  static constexpr Float4 kLast{kSteps - 1, kSteps - 1, kSteps - 1, kSteps - 1};
  Float4 gain_;
  std::vector<std::uint8_t> curve_;
};

/// Color and depth buffer. Opaque triangles may be drawn in any order, those with opacity after
/// what is behind them.
struct Framebuffer {
  cv::Mat bgr;    ///< CV_8UC3
  cv::Mat depth;  ///< CV_32FC1
};

/// Antialiasing: smooths pixels at discontinuities of depth. Reads `area` of the framebuffer (and
/// the pixels around it), writes the same area of `smooth` (CV_8UC3 of the framebuffer's size).
void smooth_outlines(const Framebuffer &framebuffer, cv::Rect area, cv::Mat &smooth);

/// Calls visit(x, y, z) for each pixel of a map that lies in a triangle; z is interpolated.
/// Triangles of less area than half of `smallest` are skipped.
template <typename Visitor>
void rasterize_triangle(cv::Point3f a, cv::Point3f b, cv::Point3f c, cv::Size map, float smallest,
                        Visitor visit) {
  const float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
  if (std::abs(area) < smallest) return;
  const int top = std::max(0, cvCeil(std::min({a.y, b.y, c.y})));
  const int bottom = std::min(map.height - 1, cvFloor(std::max({a.y, b.y, c.y})));
  const int left = std::max(0, cvCeil(std::min({a.x, b.x, c.x})));
  const int right = std::min(map.width - 1, cvFloor(std::max({a.x, b.x, c.x})));
  for (int y = top; y <= bottom; ++y) {
    for (int x = left; x <= right; ++x) {
      const float dx = static_cast<float>(x) - a.x, dy = static_cast<float>(y) - a.y;
      const float wb = (dx * (c.y - a.y) - dy * (c.x - a.x)) / area;
      const float wc = (dy * (b.x - a.x) - dx * (b.y - a.y)) / area;
      if (wb < 0 || wc < 0 || wb + wc > 1) continue;
      visit(x, y, a.z + wb * (b.z - a.z) + wc * (c.z - a.z));
    }
  }
}

/// A triangle to draw; its points are ordered so that it faces the viewer.
struct VisibleTriangle {
  Triangle points;
  float top = 0, bottom = 0;  ///< y of its bounds, pixels
};

/// Sets `visible` to the triangles that face the viewer, or to all with `both_sides`.
void cull_backfaces(std::span<const ScreenVertex> points, std::span<const Triangle> triangles,
                    bool both_sides, std::vector<VisibleTriangle> &visible);

/// Draws the rows `rows` of triangles with depth test. `highlight` is the color (linear B, G, R) of
/// specular highlights.
void draw(Framebuffer &framebuffer, cv::Range rows, std::span<const ScreenVertex> points,
          std::span<const VisibleTriangle> triangles, const Texture &texture, Blending blending,
          Float4 highlight, const ToneCurve &tone);

}  // namespace hyperlips::synth
