// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/render/head_transform.hpp"

#include <cmath>

namespace hyperlips::synth {
namespace {

const cv::Point3f kPivot{0, 0.45f, 0.16f};  // the top of the neck

}  // namespace

HeadTransform::HeadTransform(const View &view, const FacePose &pose)
    : translation_(pose.head_x, pose.head_y, 0) {
  const float yaw = view.yaw + pose.yaw, pitch = view.pitch + pose.pitch,
              roll = view.roll + pose.roll;
  const cv::Matx33f y(std::cos(yaw), 0, -std::sin(yaw), 0, 1, 0, std::sin(yaw), 0, std::cos(yaw));
  const cv::Matx33f x(1, 0, 0, 0, std::cos(pitch), -std::sin(pitch), 0, std::sin(pitch),
                      std::cos(pitch));
  const cv::Matx33f z(std::cos(roll), -std::sin(roll), 0, std::sin(roll), std::cos(roll), 0, 0, 0,
                      1);
  rotation_ = z * x * y;
}

cv::Point3f HeadTransform::operator()(const cv::Point3f &point) const {
  return rotation_ * (point - kPivot) + kPivot + translation_;
}

cv::Point3f HeadTransform::to_head(const cv::Point3f &direction) const {
  return rotation_.t() * direction;
}

}  // namespace hyperlips::synth
