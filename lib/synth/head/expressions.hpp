// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <span>
#include <vector>

#include "hyperlips/face/pose.hpp"
#include "hyperlips/face/types.hpp"

namespace hyperlips::synth {

/// How the skin of one face follows jaw, lips, lids and brows: displacements of single features,
/// spread over the mesh so that it stays smooth (harmonic fields).
class Expressions {
 public:
  explicit Expressions(const Landmarks &rest);

  /// Moves the 468 skin points from rest; head and eyes stay. The gap between points 13 and 14 is
  /// the pose's opening.
  void apply(const FacePose &pose, std::span<cv::Point3f> points) const;
  /// Where a point of the lower jaw (teeth, tongue) goes.
  cv::Point3f with_jaw(cv::Point3f point, float jaw) const;

 private:
  using Field = std::vector<float>;        // one weight per skin point
  using Shape = std::vector<cv::Point3f>;  // one displacement per skin point

  Landmarks rest_;
  float mouth_half_ = 0;  ///< half the mouth's width at rest
  Field jaw_, lower_lip_, upper_lip_;
  Shape spread_, pucker_, press_, tuck_, smile_, brow_raise_, brow_furrow_;
  std::array<Shape, 2> blink_;
};

}  // namespace hyperlips::synth
