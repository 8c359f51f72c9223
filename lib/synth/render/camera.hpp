// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>

#include <opencv2/core.hpp>

#include "synth/render/raster.hpp"

namespace hyperlips::synth {

/// Where a face stands before the camera of a seed, and how it is projected.
struct View {
  float distance = 6;                  ///< from the camera to the head, widths of the face
  float scale = 300;                   ///< pixels of a width of the face at that distance
  cv::Point2f center;                  ///< pixels, of the middle of the face
  float yaw = 0, pitch = 0, roll = 0;  ///< how the person sits, radians

  /// From widths of the face, the head at rest, to pixels.
  cv::Point2f project(cv::Point3f p) const {
    const float size = scale * distance / (distance + p.z);
    return {center.x + p.x * size, center.y + (p.y - kMiddle) * size};
  }
  static constexpr float kMiddle = 0.2f;  ///< y of the middle of the face
};

View make_view(std::uint64_t seed, cv::Size frame);

/// Exposure, contrast and color balance of a seed's camera, which meters a face of this mean
/// brightness (linear green).
ToneCurve make_tone(std::uint64_t seed, float brightness);

/// What lens, sensor and codec of a seed do to a picture: softness, noise, blocks.
class CameraEffects {
 public:
  CameraEffects(std::uint64_t seed, cv::Size frame);

  /// Softness and noise of frame `number`: rows `rows` of `sharp` to the same rows of `bgr`.
  void take(const cv::Mat &sharp, cv::Range rows, std::uint64_t number, cv::Mat &bgr) const;
  /// Pictures are compressed in this many parts, so that threads can share the work.
  static constexpr int kParts = 4;
  bool compresses() const { return quality_ > 0; }
  /// What a codec leaves of one part.
  void compress(cv::Mat &bgr, int part) const;

 private:
  void add_noise(cv::Mat &bgr, cv::Range rows, std::uint64_t number) const;

  float blur_ = 0;             // sigma in pixels
  int quality_ = 0;            // of JPEG; 0: not compressed
  cv::Mat brighter_, darker_;  // noise, CV_8UC1, one row of a long tile
  std::uint64_t seed_;
};

}  // namespace hyperlips::synth
