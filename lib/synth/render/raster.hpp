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

/// Four floats that the compiler keeps in one register: B, G, R and a fourth.
typedef float Float4 __attribute__((vector_size(16)));

/// Four channels: B, G, R and gloss or opacity. Eight bits each, because what a frame shows of all
/// textures should stay in the processor's cache; colors as the square root of linear light.
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

/// A point of a surface as it is drawn.
struct ScreenPoint {
  float x = 0, y = 0;  ///< pixels; the center of pixel (i, j) is (i, j)
  float depth = 0;     ///< smaller is nearer
  float u = 0, v = 0;
  Float4 light{};  ///< what the texture's B, G, R are multiplied with, and the reflected highlight
};

/// How a texture's fourth channel is meant.
enum class Blending { Opaque, Alpha };

/// What a texture shows at one pixel, to 8-bit B, G, R.
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

/// A picture with depth; triangles are drawn in any order of depth, those with opacity after what
/// is behind them.
struct Canvas {
  cv::Mat bgr;    ///< CV_8UC3
  cv::Mat depth;  ///< CV_32FC1
};

/// Smooths the steps at the outlines of what stands before something farther: `area` of the canvas,
/// to the same place of `smooth` (CV_8UC3 of the canvas' size).
void smooth_outlines(const Canvas &canvas, cv::Rect area, cv::Mat &smooth);

/// Calls `visit` with each pixel of a map that lies in a triangle, and the z there. Triangles whose
/// area is below half of `smallest` are left out.
template <typename Visitor>
void over_triangle(cv::Point3f a, cv::Point3f b, cv::Point3f c, cv::Size map, float smallest,
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

/// A triangle that shows, its points in the order in which it faces the viewer.
struct ShownTriangle {
  Triangle points;
  float top = 0, bottom = 0;  ///< rows of the canvas
};

/// The triangles that face the viewer, or all with `both_sides`.
void find_shown(std::span<const ScreenPoint> points, std::span<const Triangle> triangles,
                bool both_sides, std::vector<ShownTriangle> &shown);

/// Draws the rows `rows` of triangles.
void draw(Canvas &canvas, cv::Range rows, std::span<const ScreenPoint> points,
          std::span<const ShownTriangle> triangles, const Texture &texture, Blending blending,
          Float4 highlight, const ToneCurve &tone);

}  // namespace hyperlips::synth
