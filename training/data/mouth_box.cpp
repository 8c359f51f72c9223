// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/mouth_box.hpp"

#include <algorithm>
#include <cmath>

#include "training/evaluate/landmark_measures.hpp"

namespace hyperlips::training {

MouthBox mouth_box(const Landmarks &landmarks) {
  const cv::Point3f &first = landmarks[lip_points().front()];
  Box lips{first.x, first.y, first.x, first.y};
  for (const std::size_t i : lip_points()) {
    lips = {std::min(lips.x0, landmarks[i].x), std::min(lips.y0, landmarks[i].y),
            std::max(lips.x1, landmarks[i].x), std::max(lips.y1, landmarks[i].y)};
  }
  const float margin = lips.width() / 4;
  return {std::floor(lips.y0 - margin), std::ceil(lips.y1 + margin), std::floor(lips.x0 - margin),
          std::ceil(lips.x1 + margin)};
}

double mouth_opening(const Landmarks &landmarks) {
  const MouthPoints mouth = mouth_points(landmarks);
  return mouth.face_height > 0 ? mouth.opening / mouth.face_height : 0;
}

}  // namespace hyperlips::training
