// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>

#include "hyperlips/face/face_landmarks.hpp"

namespace hyperlips {

/// What a mouth looks like, in widths of the reference head. The order is that of kShapeValues.
struct MouthShape {
  float opening = 0;  ///< gap between the inner lips, mean of three places
  float width = 0;    ///< between the corners
  float height = 0;   ///< between the outer edges of the lips, in the middle
  float jaw = 0;      ///< from the base of the nose to the chin

  std::array<float, 4> values() const { return {opening, width, height, jaw}; }
};
inline constexpr std::size_t kShapeValues = 4;

/// From landmarks in the coordinates of the reference head (in_head()).
MouthShape mouth_shape(const Landmarks &head);

}  // namespace hyperlips
