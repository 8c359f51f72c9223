// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/sketch.hpp"

#include <cmath>
#include <optional>

#include <opencv2/imgproc.hpp>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mesh_topology.hpp"

namespace hyperlips {

cv::Mat draw_sketch(const Landmarks &landmarks, const Affine &frame_to_crop) {
  constexpr int kThickness = 6;
  const auto point_of = [&](int index) -> std::optional<cv::Point> {
    const cv::Point2d point = frame_to_crop(landmarks[index].x, landmarks[index].y);
    if (!(point.x >= 0 && point.y >= 0 && point.x < kCropSize && point.y < kCropSize)) return {};
    return cv::Point(static_cast<int>(point.x), static_cast<int>(point.y));
  };
  cv::Mat sketch(kCropSize, kCropSize, CV_8UC1, cv::Scalar(0));
  for (const auto &[from, to] : kSketchLines) {
    const auto a = point_of(from), b = point_of(to);
    if (a && b) cv::line(sketch, *a, *b, 255, kThickness);
  }
  return sketch;
}

const Landmarks &SteadyLandmarks::next(const Landmarks &landmarks) {
  if (!shown_) return shown_.emplace(landmarks);
  for (std::size_t i = 0; i < landmarks.size(); ++i) {
    cv::Point3f &shown = (*shown_)[i];
    const cv::Point3f way = landmarks[i] - shown;
    const float distance = std::hypot(way.x, way.y);
    if (distance > kDeadZone) shown += (1 - kDeadZone / distance) * way;
  }
  return *shown_;
}

}  // namespace hyperlips
