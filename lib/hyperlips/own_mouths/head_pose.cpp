// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/head_pose.hpp"

#include <algorithm>

#include "hyperlips/face/similarity.hpp"

namespace hyperlips {
namespace {

using RigidPoints = std::array<cv::Vec3d, kRigidLandmarks.size()>;

RigidPoints rigid_points(const Landmarks &landmarks) {
  RigidPoints points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Point3f &p = landmarks[std::size_t(kRigidLandmarks[i])];
    points[i] = {p.x, p.y, p.z};
  }
  return points;
}

}  // namespace

cv::Point3f HeadPose::to_frame(const cv::Point3f &head) const {
  return scale * (rotation * head) + shift;
}

cv::Point3f HeadPose::to_head(const cv::Point3f &frame) const {
  return (rotation.t() * (frame - shift)) / scale;
}

HeadPose fit_head(const Landmarks &landmarks, const Landmarks &reference) {
  const Similarity fit = fit_similarity(rigid_points(reference), rigid_points(landmarks));
  return {cv::Matx33f(fit.rotation),
          float(std::max(fit.scale, 1e-6)),
          {float(fit.offset[0]), float(fit.offset[1]), float(fit.offset[2])}};
}

Landmarks in_head(const Landmarks &landmarks, const HeadPose &pose) {
  Landmarks result;
  for (std::size_t i = 0; i < kLandmarks; ++i) result[i] = pose.to_head(landmarks[i]);
  return result;
}

}  // namespace hyperlips
