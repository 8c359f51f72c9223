// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

namespace hyperlips::synth {

using Triangle = std::array<std::uint32_t, 3>;

/// A triangle mesh subdivided by the scheme of Loop (1987), boundaries as cubic B-splines. Topology
/// alone: it is made once and applied to as many positions of the control points as needed. Control
/// point i stays point i.
class Subdivision {
 public:
  Subdivision() = default;
  Subdivision(std::size_t points, std::span<const Triangle> triangles, int levels);

  std::size_t points() const { return rows_.size() - 1; }
  const std::vector<Triangle> &triangles() const { return triangles_; }

  /// Smooth positions from those of the control points.
  void smooth(std::span<const cv::Point3f> control, std::span<cv::Point3f> fine) const;
  /// The same points without smoothing, for texture coordinates: control points keep their values.
  std::vector<cv::Point2f> linear(std::span<const cv::Point2f> control) const;
  /// The same for values that belong to points.
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

/// Normals of unit length, area weighted, to the side from which the points of a triangle go around
/// counter-clockwise on a screen.
void normals(std::span<const cv::Point3f> points, std::span<const Triangle> triangles,
             std::span<cv::Point3f> result);

}  // namespace hyperlips::synth
