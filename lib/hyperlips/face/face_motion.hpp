// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/types.hpp"

namespace hyperlips {

/// The motion of a face in the picture: a constant velocity, which the prediction slows down, since
/// heads stop. Times are in seconds.
class FaceMotion {
 public:
  /// Forgets the motion; the face was seen here.
  void start(const Landmarks &landmarks, double time);
  /// The face was seen again. Times do not go backwards.
  void see(const Landmarks &landmarks, double time);

  /// Where the face has probably moved since it was seen, in pixels.
  cv::Point2f offset(double time) const;

 private:
  cv::Point2f at_;        ///< the middle of the eyes
  cv::Point2f velocity_;  ///< pixels per second
  double time_ = 0;       ///< when it was seen
};

/// All landmarks moved in the picture plane.
Landmarks moved(const Landmarks &landmarks, const cv::Point2f &offset);

}  // namespace hyperlips
