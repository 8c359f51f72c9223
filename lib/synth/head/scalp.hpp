// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

#include "hyperlips/face/types.hpp"
#include "synth/head/hair_style.hpp"

namespace hyperlips::synth {

/// A flat map of the head around the crown, on which hair is combed (azimuthal equidistant
/// projection): a position is the angle from the crown, at the center of the skull, towards the
/// front (y), the picture's right (x) or the back (-y). The shapes of hairline and volume are
/// fitted by eye.
class Scalp {
 public:
  static constexpr float kReach = 2.3f;  ///< radians from the crown to the map's edge

  Scalp(const Landmarks &face, const HairStyle &style);

  /// The position on the map of a point, and the direction of a position (of unit length).
  static cv::Point2f map(cv::Point3f point);
  static cv::Point3f direction(cv::Point2f place);
  /// The point at a height of `lift` above the skin, in widths of the face.
  cv::Point3f over(cv::Point2f place, float lift) const;

  /// Distance from the hairline, radians; positive inside.
  float inside(cv::Point2f place) const;
  /// Density of the hair, 0 ... 1, regardless of the hairline.
  float growth(cv::Point2f place) const;
  /// Thickness of the hair, widths of the face.
  float lift(cv::Point2f place) const;
  /// Direction of combing on the map, of unit length.
  cv::Point2f flow(cv::Point2f place) const;
  /// How far hair may hang over the hairline, radians.
  float overhang(cv::Point2f place) const;
  /// 0 at the sides and the back ... 1 on top.
  static float topness(cv::Point2f place);
  /// Distance from the parting, radians; large without a parting.
  float from_parting(cv::Point2f place) const;

 private:
  const HairStyle &style_;
  cv::Mat skin_;  // CV_32FC1, distances from the middle of the skull
  float forehead_;
};

}  // namespace hyperlips::synth
