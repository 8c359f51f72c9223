// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>

#include "hyperlips/face/types.hpp"

// Indices of the landmarks of MediaPipe's FaceMesh that the synthetic head uses by name. Left and
// right are those of the picture; lists of one side are those of the left, and kMirroredLandmark
// gives the other side. The lines of the landmark sketch are in hyperlips/face/mesh_topology.hpp.
namespace hyperlips::synth::landmark {

inline constexpr std::uint16_t kFaceLeft = 234, kFaceRight = 454;  // before the ears
inline constexpr std::uint16_t kForeheadTop = 10, kBetweenBrows = 9, kChin = 152;
inline constexpr std::uint16_t kNoseRoot = 168, kNoseTip = 4, kNoseBase = 2;
inline constexpr std::uint16_t kEyeOuter = 33, kEyeInner = 133;  // corners
inline constexpr std::uint16_t kUpperLidMiddle = 159, kLowerLidMiddle = 145;
inline constexpr std::uint16_t kMouthLeft = 61, kMouthRight = 291;        // outer corners
inline constexpr std::uint16_t kUpperLipInner = 13, kLowerLipInner = 14;  // edges, in the middle
inline constexpr std::uint16_t kUpperLipOuter = 0, kLowerLipOuter = 17;   // edges, in the middle
inline constexpr std::uint16_t kIrisLeft = 468, kIrisRight = 473;  // first of five points each

/// From the forehead down to the middle of the nose.
inline constexpr std::array<std::uint16_t, 7> kNoseRidge{151, 9, 8, 168, 6, 197, 195};
/// Tip and underside of the nose in the middle, and the wings' ends.
inline constexpr std::array<std::uint16_t, 5> kNoseUnderside{2, 94, 4, 1, 19};
inline constexpr std::array<std::uint16_t, 2> kNoseWings{98, 327};
/// The nose from its tip up.
inline constexpr std::array<std::uint16_t, 4> kNoseBack{4, 5, 195, 197};
/// In the middle, from the chin's end up.
inline constexpr std::array<std::uint16_t, 4> kChinLine{152, 175, 199, 200};
/// Both cheekbones, and the cheeks below them.
inline constexpr std::array<std::uint16_t, 2> kCheekbones{50, 280}, kCheeks{205, 425};

/// The edges of the brow from its outer end to the inner one.
inline constexpr std::array<std::uint16_t, 5> kBrowUpper{70, 63, 105, 66, 107},
    kBrowLower{46, 53, 52, 65, 55};
/// The edges of the lids from the outer corner to the inner one.
inline constexpr std::array<std::uint16_t, 9> kUpperLid{33, 246, 161, 160, 159, 158, 157, 173, 133};
inline constexpr std::array<std::uint16_t, 9> kLowerLid{33, 7, 163, 144, 145, 153, 154, 155, 133};
/// Rings around the eye that do not move with its lids.
inline constexpr std::array<std::uint16_t, 18> kAroundEye{
    226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189, 190, 243};
/// The crease over the upper lid, the fold under the lower one (both from the nose outwards), and
/// the groove below it.
inline constexpr std::array<std::uint16_t, 7> kLidCrease{190, 56, 28, 27, 29, 30, 247},
    kLowerLidFold{233, 232, 231, 230, 229, 228, 31};
inline constexpr std::array<std::uint16_t, 5> kTearTrough{245, 128, 121, 120, 119};
/// Where dark rings under the eye appear.
inline constexpr std::array<std::uint16_t, 7> kUnderEye{231, 230, 229, 228, 118, 119, 120};
inline constexpr std::array<std::uint16_t, 6> kNostril{20, 60, 75, 79, 239, 238};
/// Beside the mouth, between the wing of the nose and the corner of the mouth.
inline constexpr std::array<std::uint16_t, 3> kNasolabialFold{203, 206, 216};

/// Rings of a lip from the outer edge to the inner, each from the left corner to the right.
using LipRings = std::array<std::array<std::uint16_t, 11>, 4>;
inline constexpr LipRings kUpperLip{{{61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291},
                                     {76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306},
                                     {62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292},
                                     {78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308}}};
inline constexpr LipRings kLowerLip{{{61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291},
                                     {76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306},
                                     {62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292},
                                     {78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308}}};

/// Where the face ends, once around from the right of the chin.
inline constexpr std::array<std::uint16_t, 36> kOval{
    136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356, 389,
    251, 284, 332, 297, 338, 10,  109, 67,  103, 54,  21,  162, 127, 234, 93,  132, 58,  172};

/// Two lines between the same corners as one outline: along `there`, back along the other.
template <std::size_t Count>
constexpr std::array<std::uint16_t, 2 * Count - 2> outline(
    const std::array<std::uint16_t, Count> &there, const std::array<std::uint16_t, Count> &back) {
  std::array<std::uint16_t, 2 * Count - 2> points{};
  for (std::size_t i = 0; i < Count; ++i) points[i] = there[i];
  for (std::size_t i = Count; i < points.size(); ++i) points[i] = back[2 * Count - 2 - i];
  return points;
}

/// A line from its other end.
template <std::size_t Count>
constexpr std::array<std::uint16_t, Count> reversed(const std::array<std::uint16_t, Count> &line) {
  std::array<std::uint16_t, Count> points{};
  for (std::size_t i = 0; i < Count; ++i) points[i] = line[Count - 1 - i];
  return points;
}

}  // namespace hyperlips::synth::landmark

namespace hyperlips::synth {

/// The landmark on the other side of the face; landmarks in the middle are their own.
extern const std::array<std::uint16_t, kLandmarks> kMirroredLandmark;

/// A landmark of the left side for eye 0, its mirror image for eye 1.
inline std::uint16_t of_eye(int eye, std::uint16_t point) {
  return eye == 0 ? point : kMirroredLandmark[point];
}

}  // namespace hyperlips::synth
