// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/mask.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <span>
#include <utility>
#include <vector>

#include "hyperlips/face/face_landmarks.hpp"

namespace hyperlips {
namespace {

// Landmark indices of MediaPipe's FaceMesh.
/// In a turned head the cheek may extend beyond the face oval, so these count with the jaw.
constexpr std::array<std::uint16_t, 12> kCheeks{123, 137, 147, 177, 213, 215,
                                                352, 366, 376, 401, 433, 435};
/// The outer lips and the chin, which move during speech.
constexpr std::array<std::uint16_t, 31> kMouth{
    61, 146, 91, 181, 84, 17,  314, 405, 321, 375, 291, 409, 270, 269, 267, 0,
    37, 39,  40, 185, 43, 273, 204, 424, 211, 431, 140, 369, 171, 175, 396};

/// The lower edge of the chin.
constexpr std::array<std::uint16_t, 5> kChin{176, 148, 152, 377, 400};

/// The mask is computed on a grid with this many cells across the crop, then enlarged.
constexpr int kGrid = 80;
// As fractions of the width of the crop:
constexpr float kChinMargin = 0.02f;   ///< extension beyond the jaw
constexpr float kMostRoom = 0.08f;     ///< further extension where one of the jaws is lower
constexpr float kTwoChins = 0.03f;     ///< by which two chins are wholly different
constexpr float kChinHeight = 0.1f;    ///< from the lower edge of the chin to points of kMouth
constexpr float kHardest = 0.04f;      ///< smallest width of the soft edge near the mouth
constexpr float kMouthMargin = 0.02f;  ///< around lips and chin
constexpr float kCropMargin = 0.04f;   ///< fade at the edges of the crop
constexpr float kMiddleFade = 0.08f;   ///< fade below its middle row, as a fraction of its height

std::vector<cv::Point2f> pick(const Landmarks &landmarks, std::span<const std::uint16_t> indices) {
  std::vector<cv::Point2f> points;
  for (const auto i : indices) points.emplace_back(landmarks[i].x, landmarks[i].y);
  return points;
}

/// The points of groups of landmarks, of the frame's face and of the generated one.
std::vector<cv::Point2f> pick(const Landmarks &landmarks, const Landmarks *drawn,
                              std::initializer_list<std::span<const std::uint16_t>> groups) {
  std::vector<cv::Point2f> points;
  for (const Landmarks *face : {&landmarks, drawn}) {
    if (!face) continue;
    for (const auto &group : groups)
      for (const cv::Point2f &p : pick(*face, group)) points.push_back(p);
  }
  return points;
}

/// The outline of both faces, without forehead. Where one jaw is lower than the other, there is
/// room below it, so that neither a second chin nor the shadow of the old one shines through.
std::vector<cv::Point2f> outline(const Landmarks &landmarks, const Landmarks *drawn,
                                 cv::Point2f down, float most_room) {
  std::vector<cv::Point2f> points = pick(landmarks, drawn, {kJawLine, kCheeks});
  if (!drawn) return points;
  const std::size_t count = points.size() / 2;
  for (std::size_t i = 0; i < count; ++i) {
    cv::Point2f &own = points[i], &other = points[count + i];
    const float lower = (own - other).dot(down);
    (lower > 0 ? own : other) += std::min(2 * std::abs(lower), most_room) * down;
  }
  return points;
}

/// Lips and chins, where the mask is 1. Of two different chins, the lower edge of the lower one is
/// part of them.
std::vector<cv::Point2f> mouth_of(const Landmarks &landmarks, const Landmarks *drawn,
                                  cv::Point2f down, float width) {
  std::vector<cv::Point2f> points = pick(landmarks, drawn, {kMouth});
  if (!drawn) return points;
  const auto own = pick(landmarks, kChin), other = pick(*drawn, kChin);
  for (std::size_t i = 0; i < own.size(); ++i) {
    const float lower = (own[i] - other[i]).dot(down);
    const float alike = std::max(0.0f, 1 - std::abs(lower) / (kTwoChins * width));
    points.push_back((lower > 0 ? own[i] : other[i]) - alike * kChinHeight * width * down);
  }
  return points;
}

/// The convex hull of points, as half-planes.
class Convex {
 public:
  explicit Convex(const std::vector<cv::Point2f> &points) {
    std::vector<cv::Point2f> hull;
    cv::convexHull(points, hull);
    for (std::size_t i = 0; i < hull.size(); ++i) {
      const cv::Point2f a = hull[i], along = hull[(i + 1) % hull.size()] - a;
      const auto length = static_cast<float>(cv::norm(along));
      if (length == 0) continue;
      const cv::Point2f inward(-along.y / length, along.x / length);
      edges_.push_back({inward.x, inward.y, -inward.dot(a)});
    }
  }
  /// Signed distance to the line of the nearest edge; negative outside.
  float depth(cv::Point2f p) const {
    float nearest = edges_.empty() ? -1 : edges_[0].at(p);
    for (const Edge &edge : edges_) nearest = std::min(nearest, edge.at(p));
    return nearest;
  }

 private:
  struct Edge {
    float x, y, offset;
    float at(cv::Point2f p) const { return x * p.x + y * p.y + offset; }
  };
  std::vector<Edge> edges_;
};

/// A polyline across the face, from left to right in the coordinates of the face.
class AcrossLine {
 public:
  AcrossLine(std::vector<cv::Point2f> points, cv::Point2f down) : down_(down) {
    for (cv::Point2f &p : points) p = turned(p);
    std::sort(points.begin(), points.end(), [](auto a, auto b) { return a.x < b.x; });
    points_ = std::move(points);
  }
  /// Signed distance of `p` below the line.
  float under(cv::Point2f p) const {
    p = turned(p);
    const auto right =
        std::find_if(points_.begin(), points_.end(), [&](cv::Point2f q) { return q.x > p.x; });
    if (right == points_.begin()) return p.y - points_.front().y;
    if (right == points_.end()) return p.y - points_.back().y;
    const cv::Point2f a = right[-1], b = *right;
    return p.y - (a.y + (b.y - a.y) * (p.x - a.x) / (b.x - a.x));
  }

 private:
  cv::Point2f turned(cv::Point2f p) const { return {down_.y * p.x - down_.x * p.y, down_.dot(p)}; }
  cv::Point2f down_;
  std::vector<cv::Point2f> points_;
};

float smooth_step(float t) {
  t = std::clamp(t, 0.0f, 1.0f);
  return t * t * (3 - 2 * t);
}

/// The mask at the nodes of a grid that starts at the left edge and middle row of the crop.
struct Grid {
  cv::Mat nodes;       ///< CV_32FC1
  cv::Point2f origin;  ///< of the first node, in upright frame pixels
  cv::Size2f spacing;  ///< in pixels
};

Grid mask_grid(const Landmarks &landmarks, const Landmarks *drawn, const Box &crop, float feather) {
  // The outer edges of the crop's pixels, the centers of which have integer coordinates.
  const float left = crop.x0 - 0.5f, right = crop.x1 - 0.5f, bottom = crop.y1 - 0.5f;
  const float middle = crop.center().y - 0.5f, width = crop.width();
  const auto forehead = landmarks[10], chin = landmarks[152];
  cv::Point2f down(chin.x - forehead.x, chin.y - forehead.y);
  const auto length = static_cast<float>(cv::norm(down));
  down = length > 0 ? down / length : cv::Point2f(0, 1);
  const Convex face(outline(landmarks, drawn, down, kMostRoom * width));
  const Convex mouth(mouth_of(landmarks, drawn, down, width));
  const AcrossLine upper_edge(pick(landmarks, kUnderNose), down);

  const float cell = width / kGrid;
  const int rows = std::clamp(cvRound(crop.height() / 2 / cell), 1, 4 * kGrid);
  const float softest = std::clamp(feather, 0.0f, 0.5f) * width;
  const float hardest = std::max({std::min(softest, kHardest * width), cell, 1.0f});
  // The outer nodes, on the edges and the middle row of the crop, are 0, as are two beyond.
  Grid grid{cv::Mat::zeros(rows + 3, kGrid + 3, CV_32FC1),
            {left, middle},
            {cell, crop.height() / 2 / static_cast<float>(rows)}};
  for (int j = 1; j < rows; ++j)
    for (int i = 1; i < kGrid; ++i) {
      const cv::Point2f p(left + static_cast<float>(i) * cell,
                          middle + static_cast<float>(j) * grid.spacing.height);
      const float depth = std::min(face.depth(p) + kChinMargin * width, upper_edge.under(p));
      // The soft edge is at most as wide as the distance from the outline to the mouth.
      const float distance = depth + std::max(0.0f, -mouth.depth(p) - kMouthMargin * width);
      const float soft = std::max(std::min(softest, distance), hardest);
      const float to_crop = std::min({p.x - left, right - p.x, bottom - p.y});
      grid.nodes.at<float>(j, i) = smooth_step(depth / soft) *
                                   smooth_step(to_crop / (kCropMargin * width)) *
                                   smooth_step((p.y - middle) / (kMiddleFade * crop.height()));
    }
  return grid;
}

/// For each of `count` pixels, the index of the preceding node and the fraction of the way to the
/// next.
std::vector<std::pair<int, float>> locate(int count, float start, float step) {
  std::vector<std::pair<int, float>> positions(count);
  for (int i = 0; i < count; ++i) {
    const float x = std::max(0.0f, start + static_cast<float>(i) * step);
    positions[i] = {static_cast<int>(x), x - std::floor(x)};
  }
  return positions;
}

/// The grid interpolated at the pixels of `rect`. OpenCV's warps round to 1/32 of a cell, so that
/// the mask would jitter on a slowly moving face.
cv::Mat enlarged(const Grid &grid, const cv::Rect &rect) {
  const auto [dx, dy] = std::pair(grid.spacing.width, grid.spacing.height);
  const auto columns =
      locate(rect.width, (static_cast<float>(rect.x) - grid.origin.x) / dx, 1 / dx);
  const auto lines = locate(rect.height, (static_cast<float>(rect.y) - grid.origin.y) / dy, 1 / dy);
  cv::Mat alpha(rect.size(), CV_32FC1);
  for (int y = 0; y < rect.height; ++y) {
    const auto [row, down] = lines[y];
    const auto *upper = grid.nodes.ptr<float>(row), *lower = grid.nodes.ptr<float>(row + 1);
    auto *out = alpha.ptr<float>(y);
    for (int x = 0; x < rect.width; ++x) {
      const auto [at, right] = columns[x];
      const float a = upper[at] + right * (upper[at + 1] - upper[at]);
      const float b = lower[at] + right * (lower[at + 1] - lower[at]);
      out[x] = a + down * (b - a);
    }
  }
  return alpha;
}

}  // namespace

Mask lower_face_mask(const Landmarks &landmarks, const Box &crop, float feather, cv::Size frame,
                     const Landmarks *drawn) {
  const cv::Rect2d lower(crop.x0 - 0.5, crop.center().y - 0.5, crop.width(), crop.height() / 2);
  const cv::Rect2d seen = lower & cv::Rect2d(0, 0, frame.width - 1, frame.height - 1);
  if (!(seen.area() > 0)) return {};  // also if the crop is NaN
  const cv::Point from(cvCeil(seen.x), cvCeil(seen.y)),
      to(cvFloor(seen.br().x), cvFloor(seen.br().y));
  const cv::Rect rect(from, to + cv::Point(1, 1));
  if (rect.empty()) return {};
  const cv::Mat alpha = enlarged(mask_grid(landmarks, drawn, crop, feather), rect);
  const cv::Rect covered = cv::boundingRect(alpha > 0);
  return {covered + from, alpha(covered)};
}

}  // namespace hyperlips
