// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/skin_surface.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips::synth {

namespace {

constexpr float kExtent = kTextureBottom - kTextureTop;
constexpr int kPieces = 8;
// Bells are cut off below a hundredth.
constexpr float kBellReach = 3;

/// A line segment, prepared for many distances.
struct Piece {
  Piece(cv::Point2f a, cv::Point2f b)
      : a(a), along(b - a), inverse(1 / std::max(along.dot(along), 1e-12f)) {}
  float distance_squared(float x, float y) const {
    const float dx = x - a.x, dy = y - a.y;
    const float t = (dx * along.x + dy * along.y) * inverse;
    const float kept = t < 0 ? 0 : t > 1 ? 1 : t;
    const float rx = dx - kept * along.x, ry = dy - kept * along.y;
    return rx * rx + ry * ry;
  }
  cv::Point2f a, along;
  float inverse;
};

}  // namespace

cv::Point2f skin_point(std::uint16_t index, float side) {
  const cv::Point2f uv = face_uv(kMeanFace[index]);
  const float x = (uv.x - 0.5f) * kExtent;
  return {side < 0 ? x : -x, kTextureTop + uv.y * kExtent};
}

std::vector<cv::Point2f> skin_points(std::span<const std::uint16_t> indices, float side) {
  std::vector<cv::Point2f> points;
  for (const auto index : indices) points.push_back(skin_point(index, side));
  return points;
}

std::vector<cv::Point2f> smooth_curve(std::span<const cv::Point2f> points, bool closed) {
  const int count = static_cast<int>(points.size());
  const auto at = [&](int i) {
    return points[static_cast<std::size_t>(closed ? (i + count) % count
                                                  : std::clamp(i, 0, count - 1))];
  };
  std::vector<cv::Point2f> curve;
  for (int i = 0; i < (closed ? count : count - 1); ++i) {
    const cv::Point2f a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
    for (int piece = 0; piece < kPieces; ++piece) {
      const float t = static_cast<float>(piece) / kPieces;
      curve.push_back(0.5f * (2 * b + t * (c - a) + t * t * (2 * a - 5 * b + 4 * c - d) +
                              t * t * t * (3 * b - a - 3 * c + d)));
    }
  }
  if (!closed) curve.push_back(points.back());
  return curve;
}

SkinGrid::SkinGrid(int size) : size(size), texel(kExtent / static_cast<float>(size)) {}

cv::Point2f SkinGrid::texel_of(cv::Point2f place) const {
  return {(place.x + kExtent / 2) / texel - 0.5f, (place.y - kTextureTop) / texel - 0.5f};
}

cv::Rect SkinGrid::around(std::span<const cv::Point2f> points, float margin) const {
  cv::Point2f low(1e9f, 1e9f), high(-1e9f, -1e9f);
  for (const auto &p : points) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  const cv::Point2f a = texel_of(low - cv::Point2f(margin, margin));
  const cv::Point2f b = texel_of(high + cv::Point2f(margin, margin));
  const cv::Rect box(cv::Point(cvFloor(a.x), cvFloor(a.y)),
                     cv::Point(cvCeil(b.x) + 1, cvCeil(b.y) + 1));
  return box & cv::Rect(0, 0, size, size);
}

NoisePlane SkinGrid::plane(cv::Rect texels) const {
  const cv::Point2f first = place_of(texels.x, texels.y);
  return {texels.size(), first - cv::Point2f(texel, texel) / 2, texel};
}

OutlineDistance distance_to_outline(const SkinGrid &grid, std::span<const cv::Point2f> outline,
                                    float margin) {
  OutlineDistance result{grid.around(outline, margin), {}};
  const cv::Rect rect = result.rect;
  result.distance.create(rect.size(), CV_32FC1);
  std::vector<float> crossings;
  for (int y = 0; y < rect.height; ++y) {
    float *out = result.distance.ptr<float>(y);
    const float level = grid.place_of(0, rect.y + y).y;
    std::fill(out, out + rect.width, 1e9f);
    crossings.clear();
    for (std::size_t i = 0; i < outline.size(); ++i) {
      const cv::Point2f a = outline[i], b = outline[(i + 1) % outline.size()];
      if ((a.y <= level) != (b.y <= level))
        crossings.push_back(a.x + (level - a.y) / (b.y - a.y) * (b.x - a.x));
      if (std::min(a.y, b.y) > level + margin || std::max(a.y, b.y) < level - margin) continue;
      const cv::Point2f left = grid.texel_of({std::min(a.x, b.x) - margin, level});
      const cv::Point2f right = grid.texel_of({std::max(a.x, b.x) + margin, level});
      const int x0 = std::max(0, cvFloor(left.x) - rect.x);
      const int x1 = std::min(rect.width - 1, cvCeil(right.x) - rect.x);
      const Piece piece(a, b);
      for (int x = x0; x <= x1; ++x) {
        const float d = piece.distance_squared(grid.place_of(rect.x + x, 0).x, level);
        out[x] = d < out[x] ? d : out[x];
      }
    }
    std::sort(crossings.begin(), crossings.end());
    std::size_t passed = 0;
    for (int x = 0; x < rect.width; ++x) {
      const float place = grid.place_of(rect.x + x, 0).x;
      while (passed < crossings.size() && crossings[passed] < place) ++passed;
      out[x] = std::sqrt(out[x]) * (passed % 2 ? -1.0f : 1.0f);
    }
  }
  return result;
}

void add_bell(cv::Mat &map, const SkinGrid &grid, cv::Point2f center, cv::Point2f radius,
              float amplitude, float angle) {
  const float reach = kBellReach * std::max(radius.x, radius.y);
  const cv::Rect rect = grid.around(std::span(&center, 1), reach);
  const float c = std::cos(angle) / radius.x, s = std::sin(angle) / radius.x;
  const float c2 = std::cos(angle) / radius.y, s2 = std::sin(angle) / radius.y;
  for (int y = rect.y; y < rect.br().y; ++y) {
    float *out = map.ptr<float>(y);
    for (int x = rect.x; x < rect.br().x; ++x) {
      const cv::Point2f d = grid.place_of(x, y) - center;
      const float along = d.x * c + d.y * s, across = d.y * c2 - d.x * s2;
      // A polynomial bell: as good as the exponential, vectorized and exactly 0 at its end.
      const float rest = 1 - (along * along + across * across) / (kBellReach * kBellReach);
      const float kept = rest > 0 ? rest : 0;
      const float square = kept * kept;
      out[x] += amplitude * square * square;
    }
  }
}

void add_bells(cv::Mat &map, const SkinGrid &grid, cv::Point2f center, cv::Point2f radius,
               float amplitude, float angle) {
  add_bell(map, grid, center, radius, amplitude, angle);
  add_bell(map, grid, {-center.x, center.y}, radius, amplitude, -angle);
}

void draw_furrow(cv::Mat &map, const SkinGrid &grid, std::span<const cv::Point2f> curve,
                 float width, float strength) {
  // Furrows finer than a texel are wider and shallower.
  const float drawn = std::max(width, 0.6f * grid.texel);
  const float peak = strength * width / drawn, reach = kBellReach * drawn;
  const float last = static_cast<float>(std::max<std::size_t>(curve.size() - 1, 1));
  for (std::size_t i = 0; i + 1 < curve.size(); ++i) {
    const float along = (static_cast<float>(i) + 0.5f) / last;
    const float here = peak * smooth_step(0, 0.3f, along) * smooth_step(1, 0.6f, along);
    const cv::Rect rect = grid.around(curve.subspan(i, 2), reach);
    const Piece piece(curve[i], curve[i + 1]);
    for (int y = rect.y; y < rect.br().y; ++y) {
      float *out = map.ptr<float>(y);
      const float level = grid.place_of(0, y).y;
      for (int x = rect.x; x < rect.br().x; ++x) {
        const float d = piece.distance_squared(grid.place_of(x, 0).x, level);
        const float rest = 1 - d / (reach * reach), kept = rest > 0 ? rest : 0;
        const float bell = here * (kept * kept) * (kept * kept);
        out[x] = bell > out[x] ? bell : out[x];
      }
    }
  }
}

SkinCanvas::SkinCanvas(int size)
    : grid(size),
      melanin(size, size, CV_32FC1),
      blood(size, size, CV_32FC1),
      albedo(size, size, CV_32FC3),
      height(cv::Mat::zeros(size, size, CV_32FC1)),
      gloss(size, size, CV_32FC1) {}

}  // namespace hyperlips::synth
