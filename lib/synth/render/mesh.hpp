// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <vector>

#include <opencv2/core.hpp>

#include "synth/render/subdivision.hpp"

namespace hyperlips::synth {

/// A textured surface at rest.
struct Mesh {
  std::vector<cv::Point3f> points;
  std::vector<cv::Point2f> uv;
  std::vector<Triangle> triangles;
};

/// A surface over a grid: `place` maps u, v of 0 ... 1 to a point. Its front is the side from which
/// u runs to the right and v down.
Mesh make_grid(int columns, int rows, const std::function<cv::Point3f(float, float)> &place);

/// Adds the points and triangles of another surface.
void append(Mesh &mesh, const Mesh &other);

/// The surface seen in a mirror at x = 0.
Mesh mirrored(Mesh mesh);

}  // namespace hyperlips::synth
