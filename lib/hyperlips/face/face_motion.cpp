// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/face_motion.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips {
namespace {

/// Over this time a velocity is averaged. Short, because a head that starts to move must be
/// followed in the next frame.
constexpr double kMemory = 0.03;
/// In this time a predicted motion slows down to 37 %.
constexpr double kSlowing = 0.2;
/// After a longer interval nothing is known of the velocity.
constexpr double kLongestStep = 0.5;

/// Does not move with speech.
cv::Point2f middle_of_eyes(const Landmarks &landmarks) {
  constexpr std::size_t kRight = 33, kLeft = 263;
  return {(landmarks[kRight].x + landmarks[kLeft].x) / 2,
          (landmarks[kRight].y + landmarks[kLeft].y) / 2};
}

}  // namespace

void FaceMotion::start(const Landmarks &landmarks, double time) {
  at_ = middle_of_eyes(landmarks);
  velocity_ = {};
  time_ = time;
}

void FaceMotion::see(const Landmarks &landmarks, double time) {
  const double step = time - time_;
  if (!(step > 0)) {
    at_ = middle_of_eyes(landmarks);
    return;
  }
  const cv::Point2f to = middle_of_eyes(landmarks);
  const cv::Point2f seen = (to - at_) / float(step);
  velocity_ = step > kLongestStep
                  ? cv::Point2f()
                  : velocity_ + float(1 - std::exp(-step / kMemory)) * (seen - velocity_);
  at_ = to;
  time_ = time;
}

cv::Point2f FaceMotion::offset(double time) const {
  const double passed = std::max(time - time_, 0.0);
  return velocity_ * float(kSlowing * (1 - std::exp(-passed / kSlowing)));
}

Landmarks moved(const Landmarks &landmarks, const cv::Point2f &offset) {
  Landmarks result = landmarks;
  for (cv::Point3f &p : result) p += cv::Point3f(offset.x, offset.y, 0);
  return result;
}

}  // namespace hyperlips
