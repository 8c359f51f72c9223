// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>

#include <opencv2/core.hpp>

#include "synth/render/raster.hpp"

namespace hyperlips::synth {

/// Position of the face relative to the camera, and the perspective projection.
struct View {
  float distance = 6;                  ///< from the camera to the head, widths of the face
  float scale = 300;                   ///< pixels per width of the face at that distance
  cv::Point2f center;                  ///< pixel of the middle of the face
  float yaw = 0, pitch = 0, roll = 0;  ///< of the head at rest, radians

  /// From coordinates of the head, in widths of the face, to pixels.
  cv::Point2f project(cv::Point3f p) const {
    const float size = scale * distance / (distance + p.z);
    return {center.x + p.x * size, center.y + (p.y - kMiddle) * size};
  }
  static constexpr float kMiddle = 0.2f;  ///< y of the middle of the face
};

/// The view of `seed` for a frame of this size.
View make_view(std::uint64_t seed, cv::Size frame);

/// Exposure, contrast and white balance of the camera of `seed` for a face of this mean brightness
/// (linear green).
ToneCurve make_tone(std::uint64_t seed, float brightness);

/// Imperfections of a camera: softness of the lens, noise of the sensor, compression.
class CameraEffects {
 public:
  CameraEffects(std::uint64_t seed, cv::Size frame);

  /// Softness and noise of frame `number`: reads `sharp`, writes the rows `rows` of `bgr` (both
  /// CV_8UC3 of the frame's size).
  void take(const cv::Mat &sharp, cv::Range rows, std::uint64_t number, cv::Mat &bgr) const;
  /// Pictures are compressed in this many parts, by several threads.
  static constexpr int kParts = 4;
  bool compresses() const { return quality_ > 0; }
  /// Compresses and decompresses one part in place (JPEG).
  void compress(cv::Mat &bgr, int part) const;

 private:
  void add_sensor_noise(cv::Mat &bgr, cv::Range rows, std::uint64_t number) const;

  float blur_ = 0;             // sigma in pixels
  int quality_ = 0;            // of JPEG; 0: not compressed
  cv::Mat brighter_, darker_;  // noise, CV_8UC1, one row of a long tile
  std::uint64_t seed_;
};

}  // namespace hyperlips::synth
