// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "hyperlips/face/one_euro.hpp"
#include "hyperlips/face/types.hpp"
#include "hyperlips/model/conventions.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// Width and height of face crops in pixels.
inline constexpr int kCropSize = 128;

/// Number of boxes in look-ahead smoothing: that of the frame and of the next four.
inline constexpr std::size_t kLookaheadBoxes = 5;

/// Margins added to each side of a box, in percent of its height (top, bottom) or width (left,
/// right).
struct Padding {
  float top = 0, bottom = 0, left = 0, right = 0;
};

/// The box enlarged by `padding`.
Box padded(const Box &box, const Padding &padding);

/// The published look-ahead smoothing: the mean of the box of a frame, which is first in `boxes`,
/// and those of the next frames. Throws Error{Settings} unless there are 1 to kLookaheadBoxes.
Box mean_box(std::span<const Box> boxes);

/// Smoothing without look-ahead, for live use: a 1 Euro filter of center and size.
class CausalBoxFilter {
 public:
  /// The smoothed box of the frame at `time`, in seconds. Restarts if time goes backwards or by
  /// more than a second.
  Box filter(const Box &box, double time);
  /// Restarts with the next box.
  void reset() { primed_ = false; }

 private:
  OneEuroFilter<4> filter_;
  double time_ = 0;
  bool primed_ = false;
};

/// Maps pixel centers of a crop of `size` x `size` pixels to upright frame coordinates, as resizing
/// the pixels of the box to the crop does (half-pixel centers). The box may have any position.
Affine crop_to_frame(const Box &box, int size = kCropSize);
/// The same for a crop of another shape.
Affine crop_to_frame(const Box &box, cv::Size size);

/// The crop: CV_8UC3 BGR, kCropSize x kCropSize, edge pixels replicated outside the frame. For a
/// box of whole pixels equal to cv::resize (bilinear) within 1 of 255, as published. That skips
/// pixels of large faces, so that beards and teeth shimmer: with Framing::Steady a box of more than
/// twice the size of the crop is averaged. Throws Error{Settings} for an empty box.
cv::Mat crop_face(const FrameView &frame, const Box &box, Framing framing = Framing::Published);

/// Landmarks in other coordinates; z is scaled as x.
Landmarks mapped(const Landmarks &landmarks, const Affine &map);

/// Landmarks of the frame in pixel coordinates of the crop; z in the same unit.
Landmarks landmarks_in_crop(const Landmarks &landmarks, const Box &box);

}  // namespace hyperlips
