// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>

#include "hyperlips/face/types.hpp"

namespace hyperlips::training {

/// Where the mouth loss is computed in a 128x128 crop: first row, end row, first column, end column
/// (the ends are excluded).
using MouthBox = std::array<float, 4>;

/// The middle of the lower half, for crops without landmarks.
inline constexpr MouthBox kMiddleOfLowerHalf{64, 128, 32, 96};

/// The lips and a margin of a quarter of their width, which contains their contour and the skin
/// around it. landmarks: in pixels of the crop. May reach beyond the crop.
MouthBox mouth_box(const Landmarks &landmarks);

}  // namespace hyperlips::training
