// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/render/raster.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace hyperlips::synth {
namespace {

typedef std::uint8_t Byte16 __attribute__((vector_size(16)));
typedef std::int64_t Long2 __attribute__((vector_size(16)));
typedef std::uint16_t Short8 __attribute__((vector_size(16)));
typedef std::int32_t Int4 __attribute__((vector_size(16)));

/// Two texels side by side.
struct Pair {
  Float4 left, right;
};

Pair load(const std::uint8_t *texel) {
  std::int64_t bits;
  std::memcpy(&bits, texel, sizeof bits);
  const auto both = reinterpret_cast<Byte16>(Long2{bits, 0});
  const auto wide = reinterpret_cast<Short8>(__builtin_shufflevector(
      both, Byte16{}, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  const Short8 low = __builtin_shufflevector(wide, Short8{}, 0, 8, 1, 9, 2, 10, 3, 11);
  const Short8 high = __builtin_shufflevector(wide, Short8{}, 4, 12, 5, 13, 6, 14, 7, 15);
  return {__builtin_convertvector(reinterpret_cast<Int4>(low), Float4),
          __builtin_convertvector(reinterpret_cast<Int4>(high), Float4)};
}

float srgb(float linear) {
  return linear <= 0.0031308f ? 12.92f * linear : 1.055f * std::pow(linear, 1 / 2.4f) - 0.055f;
}

/// S-shaped contrast curve of a film: darker shadows, softer highlights (smoothstep).
float film(float encoded) { return encoded * encoded * (3 - 2 * encoded); }

}  // namespace

Texture::Texture(const cv::Mat &color, const cv::Mat &fourth)
    : width_(color.cols), height_(color.rows), texels_(color.total() * 4) {
  CV_Assert(color.type() == CV_32FC3 && fourth.type() == CV_32FC1 && color.size() == fourth.size());
  std::uint8_t *texel = texels_.data();
  const auto pack = [](float value) {
    return static_cast<std::uint8_t>(std::clamp(value, 0.f, 1.f) * 255 + 0.5f);
  };
  for (int y = 0; y < height_; ++y) {
    const auto *c = color.ptr<cv::Vec3f>(y);
    const auto *f = fourth.ptr<float>(y);
    for (int x = 0; x < width_; ++x, texel += 4) {
      for (int k = 0; k < 3; ++k) texel[k] = pack(std::sqrt(std::max(0.f, c[x][k])));
      texel[3] = pack(f[x]);
    }
  }
}

inline Float4 Texture::sample(float u, float v) const {
  const float x =
      std::clamp(u * static_cast<float>(width_) - 0.5f, 0.f, static_cast<float>(width_) - 1.001f);
  const float y =
      std::clamp(v * static_cast<float>(height_) - 0.5f, 0.f, static_cast<float>(height_) - 1.001f);
  const int ix = static_cast<int>(x), iy = static_cast<int>(y);
  const float fx = x - static_cast<float>(ix), fy = y - static_cast<float>(iy);
  const std::uint8_t *texel = texels_.data() + (static_cast<std::size_t>(iy) * width_ + ix) * 4;
  const std::uint8_t *below = texel + static_cast<std::size_t>(width_) * 4;
  const Pair above = load(texel), under = load(below);
  const Float4 top = above.left + (above.right - above.left) * fx;
  const Float4 bottom = under.left + (under.right - under.left) * fx;
  const Float4 encoded = (top + (bottom - top) * fy) * (1 / 255.f);
  constexpr Int4 kColors{-1, -1, -1, 0};
  return encoded * (kColors ? encoded : Float4{1, 1, 1, 1});
}

ToneCurve::ToneCurve(float exposure, float contrast, cv::Vec3f balance)
    : gain_(Float4{balance[0], balance[1], balance[2], 0} * (exposure * (kSteps - 1))),
      curve_(kSteps) {
  for (int i = 0; i < kSteps; ++i) {
    const float plain = srgb(static_cast<float>(i) / (kSteps - 1));
    const float value = plain + contrast * (film(plain) - plain);
    curve_[i] = static_cast<std::uint8_t>(std::clamp(value * 255 + 0.5f, 0.f, 255.f));
  }
}

cv::Mat ToneCurve::apply(const cv::Mat &linear) const {
  cv::Mat result(linear.size(), CV_8UC3);
  for (int y = 0; y < linear.rows; ++y) {
    const auto *from = linear.ptr<cv::Vec3f>(y);
    auto *to = result.ptr<std::uint8_t>(y);
    for (int x = 0; x < linear.cols; ++x) {
      apply(Float4{from[x][0], from[x][1], from[x][2], 0}, to + 3 * x);
    }
  }
  return result;
}

void smooth_outlines(const Framebuffer &framebuffer, cv::Rect area, cv::Mat &smooth) {
  constexpr float kStep = 0.05f;  // of depth, widths of the face
  const cv::Mat &bgr = framebuffer.bgr;
  bgr(area).copyTo(smooth(area));
  const cv::Rect inner = area & cv::Rect(1, 1, bgr.cols - 2, bgr.rows - 2);
  for (int y = inner.y; y < inner.y + inner.height; ++y) {
    const float *above = framebuffer.depth.ptr<float>(y - 1),
                *depth = framebuffer.depth.ptr<float>(y),
                *below = framebuffer.depth.ptr<float>(y + 1);
    const auto *over = bgr.ptr<std::uint8_t>(y - 1), *here = bgr.ptr<std::uint8_t>(y),
               *under = bgr.ptr<std::uint8_t>(y + 1);
    auto *to = smooth.ptr<std::uint8_t>(y);
    for (int x = inner.x; x < inner.x + inner.width; ++x) {
      const float near =
          std::min(std::min(depth[x - 1], depth[x + 1]), std::min(above[x], below[x]));
      const float far =
          std::max(std::max(depth[x - 1], depth[x + 1]), std::max(above[x], below[x]));
      if (far - near < kStep) continue;
      for (int k = 3 * x; k < 3 * x + 3; ++k) {
        to[k] = static_cast<std::uint8_t>(
            (4 * here[k] + 2 * (here[k - 3] + here[k + 3] + over[k] + under[k]) + over[k - 3] +
             over[k + 3] + under[k - 3] + under[k + 3] + 8) /
            16);
      }
    }
  }
}

void cull_backfaces(std::span<const ScreenVertex> points, std::span<const Triangle> triangles,
                    bool both_sides, std::vector<VisibleTriangle> &visible) {
  visible.clear();
  for (const Triangle &t : triangles) {
    const ScreenVertex &a = points[t[0]], &b = points[t[1]], &c = points[t[2]];
    const float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    constexpr float kSmallest = 1e-6f;  // NaN is rejected, too
    if (!(area < -kSmallest) && !(both_sides && area > kSmallest)) continue;
    visible.push_back({area < 0 ? t : Triangle{t[0], t[2], t[1]}, std::min({a.y, b.y, c.y}),
                       std::max({a.y, b.y, c.y})});
  }
}

void draw(Framebuffer &framebuffer, cv::Range rows, std::span<const ScreenVertex> points,
          std::span<const VisibleTriangle> triangles, const Texture &texture, Blending blending,
          Float4 highlight, const ToneCurve &tone) {
  const int last_column = framebuffer.bgr.cols - 1;
  const auto first_row = static_cast<float>(rows.start), end_row = static_cast<float>(rows.end);
  for (const auto &[t, low_y, high_y] : triangles) {
    if (!(high_y >= first_row) || !(low_y < end_row)) continue;
    const ScreenVertex &a = points[t[0]], *b = &points[t[1]], *c = &points[t[2]];
    const float area = (b->x - a.x) * (c->y - a.y) - (b->y - a.y) * (c->x - a.x);
    const float low_x = std::min({a.x, b->x, c->x}), high_x = std::max({a.x, b->x, c->x});
    if (!(high_x >= 0) || !(low_x <= static_cast<float>(last_column))) continue;
    const int top = std::max(rows.start, static_cast<int>(std::ceil(low_y)));
    const int bottom = std::min(rows.end - 1, static_cast<int>(std::floor(high_y)));
    const int left = std::max(0, static_cast<int>(std::ceil(low_x)));
    const int right = std::min(last_column, static_cast<int>(std::floor(high_x)));
    // Barycentric weights of b and c grow linearly over the picture.
    const float scale = 1 / area;
    const float wb_x = (c->y - a.y) * scale, wb_y = -(c->x - a.x) * scale;
    const float wc_x = -(b->y - a.y) * scale, wc_y = (b->x - a.x) * scale;
    const Float4 light_b = b->light - a.light, light_c = c->light - a.light;
    const Float4 place_a{a.depth, a.u, a.v, 0};
    const Float4 place_b = Float4{b->depth, b->u, b->v, 0} - place_a;
    const Float4 place_c = Float4{c->depth, c->u, c->v, 0} - place_a;
    for (int y = top; y <= bottom; ++y) {
      auto *pixel = framebuffer.bgr.ptr<std::uint8_t>(y);
      auto *depth = framebuffer.depth.ptr<float>(y);
      const float dx = static_cast<float>(left) - a.x, dy = static_cast<float>(y) - a.y;
      const float row_b = wb_x * dx + wb_y * dy, row_c = wc_x * dx + wc_y * dy;
      bool within = false;
      for (int x = left; x <= right; ++x) {
        const float step = static_cast<float>(x - left);
        const float wb = row_b + wb_x * step, wc = row_c + wc_x * step;
        if (wb < 0 || wc < 0 || wb + wc > 1) {
          if (within) break;
          continue;
        }
        within = true;
        const Float4 place = place_a + place_b * wb + place_c * wc;
        if (place[0] >= depth[x]) continue;
        const Float4 light = a.light + light_b * wb + light_c * wc;
        const Float4 texel = texture.sample(place[1], place[2]);
        std::uint8_t *target = pixel + 3 * x;
        if (blending == Blending::Opaque) {
          tone.apply(texel * light + highlight * (light[3] * texel[3]), target);
          depth[x] = place[0];
        } else if (texel[3] > 0.004f) {
          std::uint8_t front[3];
          tone.apply(texel * light + highlight * (light[3] * texel[1]), front);
          for (int k = 0; k < 3; ++k) {
            target[k] = static_cast<std::uint8_t>(
                static_cast<float>(target[k]) +
                texel[3] * (static_cast<float>(front[k]) - static_cast<float>(target[k])) + 0.5f);
          }
          if (texel[3] > 0.96f) depth[x] = place[0];
        }
      }
    }
  }
}

}  // namespace hyperlips::synth
