// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <span>
#include <vector>

#include "hyperlips/face/pose.hpp"
#include "hyperlips/face/types.hpp"

namespace hyperlips::synth {

/// Blend shapes of the skin of one face: displacements of jaw, lips, lids and brows, spread over
/// the mesh as harmonic fields so that it stays smooth.
class Expressions {
 public:
  /// `rest`: the face with closed mouth and open eyes, in widths of the face.
  explicit Expressions(const Landmarks &rest);

  /// Sets `points` (at least kSkinPoints) to the skin of a pose; head rotation and irises are not
  /// applied. The gap between the inner edges of the lips is the pose's opening.
  void apply(const FacePose &pose, std::span<cv::Point3f> points) const;
  /// A point of the lower jaw (teeth, tongue), rotated about the joints by `jaw` (0 ... 1).
  cv::Point3f with_jaw(cv::Point3f point, float jaw) const;

 private:
  using Field = std::vector<float>;        // one weight for each skin point
  using Shape = std::vector<cv::Point3f>;  // one displacement for each

  Landmarks rest_;
  Field jaw_, lower_lip_, upper_lip_;
  Shape spread_, pucker_, press_, tuck_, smile_, brow_raise_, brow_furrow_;
  std::array<Shape, 2> blink_;
};

}  // namespace hyperlips::synth
