// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// A new lower face for a frame.
struct NewFace {
  const cv::Mat &picture;   ///< CV_8UC3 BGR
  Box box;                  ///< what the picture covers, in upright frame pixels
  bool lower_half = false;  ///< new are only the rows below the middle of the picture
  /// Landmarks of the face in the picture, in upright frame pixels; null: unknown.
  const Landmarks *landmarks = nullptr;
};

struct CompositeOptions {
  float feather = 0.1f;     ///< as of lower_face_mask()
  bool color_match = true;  ///< see match_color()
  float strength = 1;       ///< opacity, 0 ... 1
};

/// Blends a new lower face into a frame, inside lower_face_mask(). `face`: landmarks of the frame's
/// own face.
void composite(const FrameView &frame, const Landmarks &face, const NewFace &made,
               const CompositeOptions &options);

}  // namespace hyperlips
