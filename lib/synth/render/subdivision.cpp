// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/render/subdivision.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

namespace hyperlips::synth {
namespace {

/// One row of a sparse matrix.
using Row = std::map<std::uint32_t, float>;

void add(Row &row, const Row &other, float weight) {
  for (const auto &[column, value] : other) row[column] += weight * value;
}

struct Edge {
  std::uint32_t point = 0;                  ///< in the middle
  std::array<std::uint32_t, 2> opposite{};  ///< third points of its triangles
  int triangles = 0;
};

}  // namespace

Subdivision::Subdivision(std::size_t points, std::span<const Triangle> triangles, int levels)
    : triangles_(triangles.begin(), triangles.end()), control_(points) {
  std::vector<Row> rows(points);
  for (std::size_t i = 0; i < points; ++i) rows[i][static_cast<std::uint32_t>(i)] = 1;
  for (int level = 0; level < levels; ++level) {
    const std::size_t count = rows.size();
    std::map<std::array<std::uint32_t, 2>, Edge> edges;
    auto next = static_cast<std::uint32_t>(count);
    for (const Triangle &t : triangles_) {
      for (int k = 0; k < 3; ++k) {
        const auto a = t[k], b = t[(k + 1) % 3];
        Edge &edge = edges[{std::min(a, b), std::max(a, b)}];
        if (edge.triangles == 0) edge.point = next++;
        if (edge.triangles < 2) edge.opposite[edge.triangles] = t[(k + 2) % 3];
        ++edge.triangles;
      }
    }
    std::vector<std::vector<std::uint32_t>> neighbors(count), border(count);
    for (const auto &[ends, edge] : edges) {
      for (int k = 0; k < 2; ++k) {
        neighbors[ends[k]].push_back(ends[1 - k]);
        if (edge.triangles == 1) border[ends[k]].push_back(ends[1 - k]);
      }
    }
    std::vector<Row> finer(next);
    for (std::size_t i = 0; i < count; ++i) {
      Row &row = finer[i];
      if (border[i].size() == 2) {
        add(row, rows[i], 0.75f);
        for (auto n : border[i]) add(row, rows[n], 0.125f);
      } else if (!border[i].empty() || neighbors[i].empty()) {
        row = rows[i];  // a corner
      } else {
        const auto n = static_cast<float>(neighbors[i].size());
        const float c = 0.375f + 0.25f * std::cos(2 * std::numbers::pi_v<float> / n);
        const float beta = (0.625f - c * c) / n;
        add(row, rows[i], 1 - n * beta);
        for (auto neighbor : neighbors[i]) add(row, rows[neighbor], beta);
      }
    }
    parents_.resize(next - control_);
    for (const auto &[ends, edge] : edges) {
      Row &row = finer[edge.point];
      const bool inside = edge.triangles >= 2;
      for (auto end : ends) add(row, rows[end], inside ? 0.375f : 0.5f);
      if (inside) {
        for (auto third : edge.opposite) add(row, rows[third], 0.125f);
      }
      parents_[edge.point - control_] = ends;
    }
    std::vector<Triangle> split;
    split.reserve(triangles_.size() * 4);
    for (const Triangle &t : triangles_) {
      std::array<std::uint32_t, 3> middle;
      for (int k = 0; k < 3; ++k) {
        const auto a = t[k], b = t[(k + 1) % 3];
        middle[k] = edges.at({std::min(a, b), std::max(a, b)}).point;
      }
      for (int k = 0; k < 3; ++k) split.push_back({t[k], middle[k], middle[(k + 2) % 3]});
      split.push_back({middle[0], middle[1], middle[2]});
    }
    triangles_ = std::move(split);
    rows = std::move(finer);
  }
  rows_.push_back(0);
  for (const Row &row : rows) {
    for (const auto &[column, weight] : row) {
      columns_.push_back(column);
      weights_.push_back(weight);
    }
    rows_.push_back(static_cast<std::uint32_t>(columns_.size()));
  }
}

void Subdivision::smooth(std::span<const cv::Point3f> control, std::span<cv::Point3f> fine) const {
  for (std::size_t i = 0; i + 1 < rows_.size(); ++i) {
    float x = 0, y = 0, z = 0;
    for (std::uint32_t k = rows_[i]; k < rows_[i + 1]; ++k) {
      const cv::Point3f &p = control[columns_[k]];
      const float w = weights_[k];
      x += w * p.x, y += w * p.y, z += w * p.z;
    }
    fine[i] = {x, y, z};
  }
}

void Subdivision::smooth(std::span<const float> control, std::span<float> fine) const {
  for (std::size_t i = 0; i + 1 < rows_.size(); ++i) {
    fine[i] = 0;
    for (std::uint32_t k = rows_[i]; k < rows_[i + 1]; ++k)
      fine[i] += weights_[k] * control[columns_[k]];
  }
}

std::vector<cv::Point2f> Subdivision::linear(std::span<const cv::Point2f> control) const {
  std::vector<cv::Point2f> fine(control.begin(), control.end());
  for (const auto &[a, b] : parents_) fine.push_back((fine[a] + fine[b]) * 0.5f);
  return fine;
}

void normals(std::span<const cv::Point3f> points, std::span<const Triangle> triangles,
             std::span<cv::Point3f> result) {
  std::fill(result.begin(), result.end(), cv::Point3f());
  for (const Triangle &t : triangles) {
    const cv::Point3f n = (points[t[1]] - points[t[0]]).cross(points[t[2]] - points[t[0]]);
    for (auto i : t) result[i] += n;
  }
  for (cv::Point3f &n : result) {
    const float length = std::sqrt(n.dot(n));
    if (length > 0) n *= 1 / length;
  }
}

}  // namespace hyperlips::synth
