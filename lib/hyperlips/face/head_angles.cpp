// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/head_angles.hpp"

#include <array>
#include <cmath>

namespace hyperlips {
namespace {

struct RigidPoint {
  int landmark;
  std::array<float, 3> rest;  ///< of the mean face, see lib/synth/head/face_model.hpp
};

/// Around the eyes, and the bridge of the nose. Of eyes, nose, forehead, temples and ears, these
/// predict the mouth's opening least (12 clips of real people): the mesh network moves the outline
/// of the whole face a little with the jaw.
constexpr std::array<RigidPoint, 17> kRigid{{
    {33, {-0.3109f, -0.0126f, -0.3693f}},
    {133, {-0.1102f, 0.0126f, -0.4705f}},
    {362, {0.1102f, 0.0126f, -0.4705f}},
    {263, {0.3109f, -0.0126f, -0.3693f}},
    {130, {-0.3262f, -0.0112f, -0.3748f}},
    {359, {0.3262f, -0.0112f, -0.3748f}},
    {243, {-0.1007f, 0.0201f, -0.4281f}},
    {463, {0.1007f, 0.0201f, -0.4281f}},
    {226, {-0.3596f, -0.0054f, -0.358f}},
    {446, {0.3596f, -0.0054f, -0.358f}},
    {113, {-0.3438f, -0.0425f, -0.3979f}},
    {342, {0.3438f, -0.0425f, -0.3979f}},
    {168, {0.f, -0.0412f, -0.5311f}},
    {6, {0.f, 0.021f, -0.5562f}},
    {197, {0.f, 0.0757f, -0.5872f}},
    {8, {0.f, -0.0923f, -0.5409f}},
    {9, {0.f, -0.1271f, -0.5507f}},
}};

}  // namespace

Similarity head_position(const Landmarks &landmarks) {
  std::array<cv::Vec3d, kRigid.size()> rest, seen;
  for (std::size_t i = 0; i < kRigid.size(); ++i) {
    const auto &p = kRigid[i].rest;
    rest[i] = {p[0], p[1], p[2]};
    const cv::Point3f &q = landmarks[static_cast<std::size_t>(kRigid[i].landmark)];
    seen[i] = {q.x, q.y, q.z};
  }
  return fit_similarity(rest, seen);
}

HeadAngles angles_of(const cv::Matx33d &r) {
  return {float(std::atan2(-r(0, 2), r(2, 2))),
          float(std::atan2(-r(1, 2), std::hypot(r(0, 2), r(2, 2))))};
}

HeadAngles head_angles(const Landmarks &landmarks) {
  return angles_of(head_position(landmarks).rotation);
}

}  // namespace hyperlips
