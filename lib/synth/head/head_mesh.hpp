// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/face/types.hpp"
#include "synth/head/landmarks.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/subdivision.hpp"

namespace hyperlips::synth {

/// Points of FaceMesh that lie on the skin; the others are irises.
inline constexpr std::size_t kSkinPoints = 468;
/// Rings of points that continue the skin from the oval over the skull and down the neck.
inline constexpr std::size_t kSkullRings = 7;
inline constexpr std::size_t kHeadPoints = kSkinPoints + kSkullRings * landmark::kOval.size();

/// A mean face with the shape of `seed`: longer or rounder, older or younger, with its own nose,
/// eyes, lips, jaw, not quite symmetric. All 478 points.
Landmarks make_face_shape(std::uint64_t seed, const Person &person);

/// The skull: an ellipsoid.
inline const cv::Point3f kSkullCenter{0, -0.14f, 0.10f};
inline const cv::Point3f kSkullRadii{0.54f, 0.62f, 0.64f};

/// The neck at a height: an upright elliptic tube that flares and leans.
struct NeckRing {
  float half_width, half_depth, z;
};
NeckRing neck_ring(float y);

/// The control points of skin, skull and neck around a face. The first are those of the face.
std::vector<cv::Point3f> make_head(const Landmarks &face);
/// Its triangles: the same for every head.
std::vector<Triangle> head_triangles();

/// The other points that share an edge of the face's mesh with each point.
const std::vector<std::vector<std::uint16_t>> &face_neighbors();

}  // namespace hyperlips::synth
