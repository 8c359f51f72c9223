// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>

#include <opencv2/core.hpp>

namespace hyperlips {

/// An axis-aligned box in upright frame pixels; x1 and y1 are exclusive.
struct Box {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  float width() const { return x1 - x0; }
  float height() const { return y1 - y0; }
  cv::Point2f center() const { return {(x0 + x1) / 2, (y0 + y1) / 2}; }
  bool operator==(const Box &) const = default;
};

inline constexpr std::size_t kLandmarks = 478;
/// The landmarks of MediaPipe's FaceMesh with irises, in upright frame pixels (z in the same unit,
/// smaller is nearer to the camera).
using Landmarks = std::array<cv::Point3f, kLandmarks>;

/// A face found by Detector.
struct Detection {
  Box box;
  /// Right eye, left eye, nose, mouth, right ear, left ear (from the person's view).
  std::array<cv::Point2f, 6> keypoints;
  float score = 0;  ///< 0 ... 1
};

/// A face found by Tracker.
struct Face {
  std::int64_t track_id = 0;  ///< constant while the face is visible, never reused by a tracker
  Box box;                    ///< bounding box of the landmarks
  float confidence = 0;       ///< presence according to the mesh network, 0 ... 1
  bool mouth_hidden = false;  ///< the mouth is occluded, see MouthVisibility
  Landmarks landmarks;
};

/// Bounding box of all landmarks.
Box bounding_box(const Landmarks &landmarks);

}  // namespace hyperlips
