// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

#include "hyperlips/face/pose.hpp"
#include "synth/render/camera.hpp"

namespace hyperlips::synth {

/// The rigid transform of a posed head from its rest position: a rotation about the top of the neck
/// (first yaw, then pitch, then roll) and a translation. Lengths are in widths of the face.
class HeadTransform {
 public:
  HeadTransform(const View &view, const FacePose &pose);

  /// A point of the head at rest, moved with the head.
  cv::Point3f operator()(const cv::Point3f &point) const;
  /// A direction in the room, in the coordinates of the head at rest.
  cv::Point3f to_head(const cv::Point3f &direction) const;

 private:
  cv::Matx33f rotation_;
  cv::Point3f translation_;
};

}  // namespace hyperlips::synth
