// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

#include "hyperlips/face/types.hpp"
#include "synth/head/hair_style.hpp"

namespace hyperlips::synth {

/// Places on a head as a flat map around the crown: their distance from it as an angle, seen from
/// the middle of the skull, towards the front (y), the viewer's right (x), the back (-y). Hair is
/// combed on it.
class Scalp {
 public:
  static constexpr float kReach = 2.3f;  ///< radians from the crown to the map's edge

  Scalp(const Landmarks &face, const HairStyle &style);

  static cv::Point2f map(cv::Point3f point);
  static cv::Point3f direction(cv::Point2f place);
  /// The point `lift` widths of the face over the skin.
  cv::Point3f over(cv::Point2f place, float lift) const;

  /// How far inside the hairline a place lies, radians; negative outside.
  float inside(cv::Point2f place) const;
  /// 0 none ... 1 full, without regard to the hairline.
  float growth(cv::Point2f place) const;
  /// How thick the hair lies over the skin, widths of the face.
  float lift(cv::Point2f place) const;
  /// Where the hair is combed to, of unit length.
  cv::Point2f flow(cv::Point2f place) const;
  /// How far hair may hang over the hairline, radians.
  float overhang(cv::Point2f place) const;
  /// 0 at the sides and the back ... 1 on top.
  static float topness(cv::Point2f place);
  /// Distance from the parting, radians; large where there is none.
  float from_parting(cv::Point2f place) const;

 private:
  const HairStyle &style_;
  cv::Mat skin_;  // CV_32FC1, distances from the middle of the skull
  float forehead_;
};

}  // namespace hyperlips::synth
