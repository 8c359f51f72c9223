// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/render/surface.hpp"

#include <utility>

namespace hyperlips::synth {

Surface make_grid(int columns, int rows, const std::function<cv::Point3f(float, float)> &place) {
  Surface surface;
  for (int row = 0; row <= rows; ++row) {
    for (int column = 0; column <= columns; ++column) {
      const cv::Point2f uv(static_cast<float>(column) / static_cast<float>(columns),
                           static_cast<float>(row) / static_cast<float>(rows));
      surface.uv.push_back(uv);
      surface.points.push_back(place(uv.x, uv.y));
      if (row == rows || column == columns) continue;
      const auto a = static_cast<std::uint32_t>(row * (columns + 1) + column);
      const auto below = a + static_cast<std::uint32_t>(columns) + 1;
      surface.triangles.push_back({a, below, a + 1});
      surface.triangles.push_back({a + 1, below, below + 1});
    }
  }
  return surface;
}

void append(Surface &surface, const Surface &other) {
  const auto base = static_cast<std::uint32_t>(surface.points.size());
  surface.points.insert(surface.points.end(), other.points.begin(), other.points.end());
  surface.uv.insert(surface.uv.end(), other.uv.begin(), other.uv.end());
  for (const Triangle &t : other.triangles)
    surface.triangles.push_back({t[0] + base, t[1] + base, t[2] + base});
}

Surface mirrored(Surface surface) {
  for (cv::Point3f &point : surface.points) point.x = -point.x;
  for (Triangle &t : surface.triangles) std::swap(t[1], t[2]);
  return surface;
}

}  // namespace hyperlips::synth
