// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <numbers>

#include "hyperlips/face/types.hpp"

namespace hyperlips::synth {

// A face at rest, mouth closed, with the points of FaceMesh. Unit: the width of the face, points
// 234 to 454. Origin: between the ears' points in x and z, at the height of the eyes' corners; x to
// the right of the picture, y down, z away from the viewer. Symmetric in x.

extern const std::array<cv::Point3f, kLandmarks> kMeanFace;

/// The mesh of points 0 ... 467, from the tessellation edges of MediaPipe (Apache-2.0); eyes and
/// mouth are holes.
inline constexpr std::size_t kFaceTriangleCount = 852;
extern const std::array<std::array<std::uint16_t, 3>, kFaceTriangleCount> kFaceTriangles;

/// The point at the other side of the face; of points in the middle, themselves.
extern const std::array<std::uint16_t, kLandmarks> kMirroredLandmark;

// Rings of the lips from the outer edge to the inner, each from the left corner to the right.
using LipRings = std::array<std::array<std::uint16_t, 11>, 4>;
inline constexpr LipRings kUpperLip{{{61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291},
                                     {76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306},
                                     {62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292},
                                     {78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308}}};
inline constexpr LipRings kLowerLip{{{61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291},
                                     {76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306},
                                     {62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292},
                                     {78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308}}};
// The edges of the lids at the picture's left, from the outer corner to the inner one.
inline constexpr std::array<std::uint16_t, 9> kUpperLid{33, 246, 161, 160, 159, 158, 157, 173, 133};
inline constexpr std::array<std::uint16_t, 9> kLowerLid{33, 7, 163, 144, 145, 153, 154, 155, 133};

/// Two lines between the same corners as one outline: along `there`, back along the other.
template <std::size_t Count>
constexpr std::array<std::uint16_t, 2 * Count - 2> outline(
    const std::array<std::uint16_t, Count> &there, const std::array<std::uint16_t, Count> &back) {
  std::array<std::uint16_t, 2 * Count - 2> points{};
  for (std::size_t i = 0; i < Count; ++i) points[i] = there[i];
  for (std::size_t i = Count; i < points.size(); ++i) points[i] = back[2 * Count - 2 - i];
  return points;
}

// Textures wrap around the vertical axis through the origin like a label around a bottle.
inline constexpr float kTextureHalfAngle =
    2 * std::numbers::pi_v<float> / 3;  ///< u 0 ... 1 is -120 ... 120 degrees
inline constexpr float kTextureTop = -1.1f, kTextureBottom = 1.3f;  ///< y of v 0 and v 1

/// Texture coordinates, 0 ... 1, of a point of the face at rest.
cv::Point2f face_uv(cv::Point3f point);

}  // namespace hyperlips::synth
