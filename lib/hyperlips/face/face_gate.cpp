// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/face_gate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "hyperlips/face/head_angles.hpp"
#include "hyperlips/face/per_track.hpp"

namespace hyperlips {
namespace {

constexpr float kAngleRoom = 5;    // degrees
constexpr float kSizeRoom = 1.1f;  // times the minimum
/// The mesh flattens turned heads: it shows 0.9 of the yaw of synthetic heads.
constexpr float kYawScale = 1 / 0.9f;

float degrees(float radians) { return std::abs(radians) * 180 / std::numbers::pi_v<float>; }

}  // namespace

FaceGate::Reason FaceGate::check(const Face &face, const FaceLimits &limits) {
  const auto known = closed_.find(face.track_id);
  const Reason before = known == closed_.end() ? Reason::None : known->second;
  const HeadAngles angles = head_angles(face.landmarks);
  const float room = before == Reason::Turned ? kAngleRoom : 0;
  const float size = std::max(face.box.width(), face.box.height());
  Reason reason = Reason::None;
  if ((limits.max_yaw < 90 && kYawScale * degrees(angles.yaw) > limits.max_yaw - room) ||
      degrees(angles.pitch) > limits.max_pitch - room)
    reason = Reason::Turned;
  else if (size < limits.min_size * (before == Reason::Small ? kSizeRoom : 1))
    reason = Reason::Small;
  if (reason == Reason::None) {
    closed_.erase(face.track_id);
  } else {
    closed_[face.track_id] = reason;
    limit_tracks(closed_);
  }
  return reason;
}

const char *to_string(FaceGate::Reason reason) {
  switch (reason) {
    case FaceGate::Reason::Turned:
      return "turned";
    case FaceGate::Reason::Small:
      return "small";
    case FaceGate::Reason::None:
      break;
  }
  return "none";
}

}  // namespace hyperlips
