// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/similarity.hpp"
#include "hyperlips/face/types.hpp"

namespace hyperlips {

/// Position, size and rotation of a head, from landmarks that do not move with speech: maps points
/// of the mean face's coordinates (in widths of the face) to pixels. Scale 0: there is none.
Similarity head_position(const Landmarks &landmarks);

/// Rotation of a head in radians, without that in the plane of the picture: positive to the right
/// in the picture, and down.
struct HeadAngles {
  float yaw = 0, pitch = 0;
};
HeadAngles angles_of(const cv::Matx33d &rotation);
/// Relative to the camera.
HeadAngles head_angles(const Landmarks &landmarks);

}  // namespace hyperlips
