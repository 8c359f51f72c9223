// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>

#include "hyperlips/face/types.hpp"

namespace hyperlips {

/// Intersection over union of two boxes, 0 ... 1; 0 for empty boxes.
inline float overlap(const Box &a, const Box &b) {
  const float width = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const float height = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  if (!(width > 0 && height > 0)) return 0;
  const float shared = width * height;
  return shared / (a.width() * a.height() + b.width() * b.height() - shared);
}

/// Whether a box lies wholly in a frame of this size.
inline bool inside(const Box &box, cv::Size frame) {
  return box.x0 >= 0 && box.y0 >= 0 && box.x1 <= float(frame.width) &&
         box.y1 <= float(frame.height);
}

}  // namespace hyperlips
