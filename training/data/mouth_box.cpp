// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/mouth_box.hpp"

#include <cmath>

#include "hyperlips/face/face_landmarks.hpp"

namespace hyperlips::training {

MouthBox mouth_box(const Landmarks &landmarks) {
  const Box lips = bounding_box(landmarks, kLipLandmarks);
  const float margin = lips.width() / 4;
  return {std::floor(lips.y0 - margin), std::ceil(lips.y1 + margin), std::floor(lips.x0 - margin),
          std::ceil(lips.x1 + margin)};
}

}  // namespace hyperlips::training
