// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/head_pose.hpp"

#include <cmath>

namespace hyperlips {
namespace {

cv::Vec3d as_vector(const cv::Point3f &p) { return {p.x, p.y, p.z}; }

cv::Vec3d center_of(const Landmarks &landmarks) {
  cv::Vec3d sum;
  for (const int i : kRigidLandmarks) sum += as_vector(landmarks[i]);
  return sum / double(kRigidLandmarks.size());
}

}  // namespace

cv::Point3f HeadPose::to_frame(const cv::Point3f &head) const {
  return scale * (rotation * head) + shift;
}

cv::Point3f HeadPose::to_head(const cv::Point3f &frame) const {
  return (rotation.t() * (frame - shift)) / scale;
}

float HeadPose::yaw() const { return std::atan2(-rotation(0, 2), rotation(2, 2)); }
float HeadPose::pitch() const {
  return std::atan2(-rotation(1, 2), std::hypot(rotation(0, 2), rotation(2, 2)));
}
float HeadPose::roll() const { return std::atan2(rotation(1, 0), rotation(1, 1)); }

HeadPose fit_head(const Landmarks &landmarks, const Landmarks &reference) {
  const cv::Vec3d from = center_of(reference), to = center_of(landmarks);
  cv::Matx33d covariance = cv::Matx33d::zeros();
  double spread = 0;
  for (const int i : kRigidLandmarks) {
    const cv::Vec3d a = as_vector(reference[i]) - from, b = as_vector(landmarks[i]) - to;
    covariance += b * a.t();
    spread += a.dot(a);
  }
  cv::Matx31d sizes;
  cv::Matx33d u, vt;
  cv::SVD::compute(covariance, sizes, u, vt);
  cv::Matx33d sign = cv::Matx33d::eye();
  if (cv::determinant(u * vt) < 0) sign(2, 2) = -1;
  const cv::Matx33d rotation = u * sign * vt;
  const double scale = (sizes(0) + sizes(1) + sign(2, 2) * sizes(2)) / std::max(spread, 1e-12);
  const cv::Vec3d shift = to - scale * (rotation * from);
  return {cv::Matx33f(rotation),
          float(std::max(scale, 1e-6)),
          {float(shift[0]), float(shift[1]), float(shift[2])}};
}

Landmarks in_head(const Landmarks &landmarks, const HeadPose &pose) {
  Landmarks result;
  for (std::size_t i = 0; i < kLandmarks; ++i) result[i] = pose.to_head(landmarks[i]);
  return result;
}

}  // namespace hyperlips
