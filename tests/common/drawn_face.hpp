// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

namespace hyperlips {

/// A frontal portrait drawn from ellipses and polygons, realistic enough for the face detector and
/// the mesh network, so that tests need no picture of a person. Lengths are relative to the frame.
/// Equal values give equal pictures.
struct DrawnFace {
  cv::Point2f center{0.5f, 0.5f};  ///< middle of the face, as fractions of the frame's size
  float width = 0.3f;              ///< without ears, as a fraction of the width of the frame
  float rotation = 0;              ///< degrees, clockwise
  float mouth = 0;                 ///< 0 closed ... 1 wide open
  cv::Scalar skin{136, 172, 216};  ///< B, G, R
  cv::Scalar hair{34, 46, 62};
  bool hand = false;  ///< a hand in front of the mouth, of nearly the color of the skin
};

/// Draws the face with neck and shoulders into `frame` (CV_8UC3 BGR), clipped at its edges.
void draw_face(cv::Mat &frame, const DrawnFace &face);

/// A frame (CV_8UC3 BGR) with the background and the face.
cv::Mat draw_face(cv::Size frame, const DrawnFace &face);

/// A frame with only a background, in which no face is detected.
cv::Mat draw_background(cv::Size frame);

}  // namespace hyperlips
