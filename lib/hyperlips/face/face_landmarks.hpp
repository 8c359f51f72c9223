// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "hyperlips/face/types.hpp"

namespace hyperlips {

// Groups of landmarks, as indices of MediaPipe's FaceMesh.

/// Both contours of the lips, ascending.
inline constexpr std::array<std::uint16_t, 40> kLipLandmarks{
    0,   13,  14,  17,  37,  39,  40,  61,  78,  80,  81,  82,  84,  87,
    88,  91,  95,  146, 178, 181, 185, 191, 267, 269, 270, 291, 308, 310,
    311, 312, 314, 317, 318, 321, 324, 375, 402, 405, 409, 415};

/// From ear to ear along the jaw.
inline constexpr std::array<std::uint16_t, 21> kJawLine{234, 93,  132, 58,  172, 136, 150,
                                                        149, 176, 148, 152, 377, 400, 378,
                                                        379, 365, 397, 288, 361, 323, 454};

/// From cheek to cheek, under the nostrils.
inline constexpr std::array<std::uint16_t, 9> kUnderNose{123, 205, 98, 97, 2, 326, 327, 425, 352};

/// The bounding box of some landmarks; at least one.
Box bounding_box(const Landmarks &landmarks, std::span<const std::uint16_t> which);

/// The opening of the mouth: distance of the inner lips (13, 14) in heights of the face (10, 152),
/// in the picture plane. 0 for a face without height.
double mouth_opening(const Landmarks &landmarks);

}  // namespace hyperlips
