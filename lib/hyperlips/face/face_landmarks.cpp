// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/face_landmarks.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips {

Box bounding_box(const Landmarks &landmarks, std::span<const std::uint16_t> which) {
  const cv::Point3f &first = landmarks[which.front()];
  Box box{first.x, first.y, first.x, first.y};
  for (const std::uint16_t i : which) {
    const cv::Point3f &p = landmarks[i];
    box = {std::min(box.x0, p.x), std::min(box.y0, p.y), std::max(box.x1, p.x),
           std::max(box.y1, p.y)};
  }
  return box;
}

double mouth_opening(const Landmarks &landmarks) {
  const auto apart = [&](std::size_t a, std::size_t b) {
    return std::hypot(double(landmarks[a].x) - landmarks[b].x,
                      double(landmarks[a].y) - landmarks[b].y);
  };
  const double height = apart(10, 152);
  return height > 0 ? apart(13, 14) / height : 0;
}

}  // namespace hyperlips
