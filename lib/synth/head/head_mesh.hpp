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

/// Landmarks of FaceMesh on the skin; the others are irises.
inline constexpr std::size_t kSkinPoints = 468;
/// Rings of points that continue the skin from the oval over the skull and down the neck.
inline constexpr std::size_t kSkullRings = 7;
inline constexpr std::size_t kHeadPoints = kSkinPoints + kSkullRings * landmark::kOval.size();

/// The face of `seed` at rest: the mean face with random proportions that suit the person, not
/// quite symmetric. All 478 landmarks.
Landmarks make_face_shape(std::uint64_t seed, const Person &person);

/// The skull, an ellipsoid.
inline const cv::Point3f kSkullCenter{0, -0.14f, 0.10f};
inline const cv::Point3f kSkullRadii{0.54f, 0.62f, 0.64f};

/// A horizontal section of the neck, an ellipse; the neck widens and leans towards the shoulders.
struct NeckRing {
  float half_width, half_depth, z;
};
NeckRing neck_ring(float y);

/// The control points of face, skull and neck (kHeadPoints). The first kSkinPoints are those of the
/// face.
std::vector<cv::Point3f> make_head(const Landmarks &face);
/// The triangles of make_head(), the same for every head.
std::vector<Triangle> head_triangles();

/// The neighbors of each point of the skin in the mesh of the face.
const std::vector<std::vector<std::uint16_t>> &face_neighbors();

}  // namespace hyperlips::synth
