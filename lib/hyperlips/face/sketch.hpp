// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// The landmark sketch that is an input of HRDecoder: lines of lips, eyes, brows, face oval and
/// nose, white, 6 pixels wide, on black. `frame_to_crop` maps the landmarks to pixels of the crop.
/// As published, lines with an end outside the crop are omitted. Returns CV_8UC1, kCropSize x
/// kCropSize, 0 or 255.
cv::Mat draw_sketch(const Landmarks &landmarks, const Affine &frame_to_crop);

/// Takes the noise out of the landmarks of a track before its sketches are drawn, whose lines move
/// by whole pixels: a point stays until it is `kDeadZone` away, and then follows at that distance.
/// So it is never further off, however fast a mouth moves.
class SteadyLandmarks {
 public:
  static constexpr float kDeadZone = 0.75f;  ///< pixels of the crop

  /// `landmarks`: of the next frame, in pixels of the 128x128 crop.
  const Landmarks &next(const Landmarks &landmarks);

 private:
  std::optional<Landmarks> shown_;
};

}  // namespace hyperlips
