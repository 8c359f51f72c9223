// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>

#include <opencv2/core.hpp>

namespace hyperlips {

/// An axis-aligned box in upright frame pixels; x1 and y1 lie outside it.
struct Box {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  float width() const { return x1 - x0; }
  float height() const { return y1 - y0; }
  cv::Point2f center() const { return {(x0 + x1) / 2, (y0 + y1) / 2}; }
  bool operator==(const Box &) const = default;
};

inline constexpr std::size_t kLandmarks = 478;
/// The points of MediaPipe's FaceMesh with refined landmarks, in upright frame pixels (z in the
/// same unit, smaller is nearer).
using Landmarks = std::array<cv::Point3f, kLandmarks>;

/// One face as the detector sees it.
struct Detection {
  Box box;
  std::array<cv::Point2f, 6> keypoints;  ///< right eye, left eye, nose, mouth, right ear, left ear
  float score = 0;                       ///< 0 ... 1
};

/// One face with its mesh, as the tracker follows it.
struct Face {
  std::int64_t track_id = 0;  ///< stable while the face stays in view, never reused by one tracker
  Box box;                    ///< bounding box of the landmarks
  float confidence = 0;       ///< 0 ... 1, presence of the mesh network
  bool mouth_hidden = false;  ///< something is in front of the mouth, see MouthVisibility
  Landmarks landmarks;
};

/// Bounding box of all landmarks.
Box bounding_box(const Landmarks &landmarks);

}  // namespace hyperlips
