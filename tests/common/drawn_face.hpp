// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

namespace hyperlips {

/// A frontal portrait drawn from ellipses and polygons, real enough for the face detector and the
/// mesh network, so that tests need no picture of a person. Lengths are relative to the frame, so
/// the same face looks the same at every size. The same values always give the same picture.
struct DrawnFace {
  cv::Point2f center{0.5f, 0.5f};  ///< middle of the face, as fractions of the frame's size
  float width = 0.3f;              ///< of the face without ears, as a fraction of the frame's width
  float rotation = 0;              ///< degrees, clockwise
  float mouth = 0;                 ///< openness: 0 closed ... 1 wide open
  cv::Scalar skin{136, 172, 216};  ///< B, G, R
  cv::Scalar hair{34, 46, 62};
  bool hand = false;  ///< a hand of nearly the skin's color in front of the mouth
};

/// Draws the face with neck and shoulders over `frame` (CV_8UC3 BGR), cut at its edges.
void draw_face(cv::Mat &frame, const DrawnFace &face);

/// A frame with a softly lit background and the face.
cv::Mat draw_face(cv::Size frame, const DrawnFace &face);

/// The background alone: nothing that looks like a face.
cv::Mat draw_background(cv::Size frame);

}  // namespace hyperlips
