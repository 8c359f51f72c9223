// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/render/mesh.hpp"

#include <utility>

namespace hyperlips::synth {

Mesh make_grid(int columns, int rows, const std::function<cv::Point3f(float, float)> &position) {
  Mesh mesh;
  for (int row = 0; row <= rows; ++row) {
    for (int column = 0; column <= columns; ++column) {
      const cv::Point2f uv(static_cast<float>(column) / static_cast<float>(columns),
                           static_cast<float>(row) / static_cast<float>(rows));
      mesh.uv.push_back(uv);
      mesh.points.push_back(position(uv.x, uv.y));
      if (row == rows || column == columns) continue;
      const auto a = static_cast<std::uint32_t>(row * (columns + 1) + column);
      const auto below = a + static_cast<std::uint32_t>(columns) + 1;
      mesh.triangles.push_back({a, below, a + 1});
      mesh.triangles.push_back({a + 1, below, below + 1});
    }
  }
  return mesh;
}

void append(Mesh &mesh, const Mesh &other) {
  const auto base = static_cast<std::uint32_t>(mesh.points.size());
  mesh.points.insert(mesh.points.end(), other.points.begin(), other.points.end());
  mesh.uv.insert(mesh.uv.end(), other.uv.begin(), other.uv.end());
  for (const Triangle &t : other.triangles)
    mesh.triangles.push_back({t[0] + base, t[1] + base, t[2] + base});
}

Mesh mirrored(Mesh mesh) {
  for (cv::Point3f &point : mesh.points) point.x = -point.x;
  for (Triangle &t : mesh.triangles) std::swap(t[1], t[2]);
  return mesh;
}

}  // namespace hyperlips::synth
