// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>

#include "hyperlips/face/head_angles.hpp"
#include "hyperlips/face/types.hpp"

namespace hyperlips {

/// Landmarks that do not move with speech: corners of the eyes, bridge of the nose, forehead,
/// temples. Indices of MediaPipe's FaceMesh.
inline constexpr std::array kRigidLandmarks{
    33,  133, 362, 263, 168, 6,   197, 195, 8,   9,   151, 10,  67,  297, 103, 332, 109, 338, 54,
    284, 21,  251, 162, 389, 127, 356, 234, 454, 130, 359, 226, 446, 113, 342, 189, 413, 190, 414};

/// Position, size and rotation of a head: maps points of a reference head to the upright frame,
/// frame = scale * rotation * point + shift, with z in the unit of x and y (weak perspective, as
/// MediaPipe's mesh).
struct HeadPose {
  cv::Matx33f rotation = cv::Matx33f::eye();
  float scale = 1;
  cv::Point3f shift;

  cv::Point3f to_frame(const cv::Point3f &head) const;
  cv::Point3f to_head(const cv::Point3f &frame) const;
  /// Rotation relative to the reference head.
  HeadAngles angles() const { return angles_of(rotation); }
};

/// The pose that maps `reference` to `landmarks`, by least squares over kRigidLandmarks (Umeyama
/// 1991).
HeadPose fit_head(const Landmarks &landmarks, const Landmarks &reference);

/// All landmarks in the coordinates of the reference head.
Landmarks in_head(const Landmarks &landmarks, const HeadPose &pose);

}  // namespace hyperlips
