// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <vector>

#include <opencv2/core.hpp>

#include "synth/render/subdivision.hpp"

namespace hyperlips::synth {

/// A textured triangle mesh at rest; one texture coordinate (0 ... 1) per point.
struct Mesh {
  std::vector<cv::Point3f> points;
  std::vector<cv::Point2f> uv;
  std::vector<Triangle> triangles;
};

/// A grid of `columns` x `rows` cells: `position` maps u, v of 0 ... 1 to a point. Its front is the
/// side from which u runs to the right and v down.
Mesh make_grid(int columns, int rows, const std::function<cv::Point3f(float, float)> &position);

/// Appends the points and triangles of another mesh.
void append(Mesh &mesh, const Mesh &other);

/// The mesh mirrored at the plane x = 0.
Mesh mirrored(Mesh mesh);

}  // namespace hyperlips::synth
