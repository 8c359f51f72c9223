// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <numbers>

#include "hyperlips/face/types.hpp"
#include "synth/head/landmarks.hpp"

namespace hyperlips::synth {

// A face at rest, mouth closed, with the landmarks of FaceMesh. Unit: the width of the face, from
// landmark 234 to 454. Origin: between these landmarks in x and z, at the height of the corners of
// the eyes; x to the right of the picture, y down, z away from the viewer. Symmetric in x.

extern const std::array<cv::Point3f, kLandmarks> kMeanFace;

/// The triangles of landmarks 0 ... 467, from the tessellation edges of MediaPipe (Apache-2.0); the
/// eyes and the mouth are holes.
inline constexpr std::size_t kFaceTriangleCount = 852;
extern const std::array<std::array<std::uint16_t, 3>, kFaceTriangleCount> kFaceTriangles;

// Textures are mapped cylindrically around the vertical axis through the origin.
/// u 0 ... 1 is -120 ... 120 degrees.
inline constexpr float kTextureHalfAngle = 2 * std::numbers::pi_v<float> / 3;
inline constexpr float kTextureTop = -1.1f, kTextureBottom = 1.3f;  ///< y of v 0 and v 1

/// Texture coordinates, 0 ... 1, of a point of the face at rest.
cv::Point2f face_uv(cv::Point3f point);

}  // namespace hyperlips::synth
