// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

namespace hyperlips::synth {

using Triangle = std::array<std::uint32_t, 3>;

/// Loop subdivision (1987) of a triangle mesh, boundaries as cubic B-splines. It holds the topology
/// and the weights, so it is computed once and applied to any positions of the control points.
/// Point i of the result belongs to control point i.
class Subdivision {
 public:
  Subdivision() = default;
  /// `levels`: how often each triangle is split into four, 0 or more.
  Subdivision(std::size_t points, std::span<const Triangle> triangles, int levels);

  std::size_t points() const { return rows_.size() - 1; }
  const std::vector<Triangle> &triangles() const { return triangles_; }

  /// Smooth positions `fine` (points() of them) from those of the control points.
  void smooth(std::span<const cv::Point3f> control, std::span<cv::Point3f> fine) const;
  /// Linear interpolation at the same points, for texture coordinates: control points keep their
  /// values.
  std::vector<cv::Point2f> linear(std::span<const cv::Point2f> control) const;
  /// smooth() of one value per point.
  void smooth(std::span<const float> control, std::span<float> fine) const;

 private:
  std::vector<Triangle> triangles_;
  // A sparse matrix: rows_[i] ... rows_[i + 1] are the weights of fine point i.
  std::vector<std::uint32_t> rows_, columns_;
  std::vector<float> weights_;
  // Two parents of each new point, in order of creation; the first new point is the control count.
  std::vector<std::array<std::uint32_t, 2>> parents_;
  std::size_t control_ = 0;
};

/// Area-weighted vertex normals of unit length, on the side from which the points of a triangle are
/// in counterclockwise order.
void normals(std::span<const cv::Point3f> points, std::span<const Triangle> triangles,
             std::span<cv::Point3f> result);

}  // namespace hyperlips::synth
