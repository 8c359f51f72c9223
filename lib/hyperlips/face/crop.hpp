// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

inline constexpr int kCropSize = 128;

/// Boxes that mean_box() averages in look-ahead smoothing: the frame's own and the next four.
inline constexpr std::size_t kLookaheadBoxes = 5;

/// Pixels added to each side of the mesh's box, in percent of the box' height or width.
struct Padding {
  float top = 0, bottom = 0, left = 0, right = 0;
};

Box padded(const Box &box, const Padding &padding);

/// The published look-ahead smoothing: the mean of a frame's box and those of the next frames.
/// `boxes` starts with the frame's own box; one to kLookaheadBoxes boxes, else Error{Settings}.
Box mean_box(std::span<const Box> boxes);

/// Smoothing without look-ahead, for live use: a one-euro filter (Casiez et al., CHI 2012) on
/// center and size, which is still at rest and follows fast motion. Times in seconds; it starts
/// anew when they run backwards or leave a gap of a second.
class CausalBoxFilter {
 public:
  Box filter(const Box &box, double time);
  void reset() { primed_ = false; }

 private:
  struct Channel {
    double value = 0, slope = 0;
  };
  std::array<Channel, 4> channels_{};
  double time_ = 0;
  bool primed_ = false;
};

/// Maps pixel centers of the kCropSize x kCropSize crop to upright frame coordinates, as resizing
/// the box' pixels to the crop does (half-pixel centers, sub-pixel boxes allowed).
Affine crop_to_frame(const Box &box, int size = kCropSize);

/// The crop itself: CV_8UC3 BGR, kCropSize square, edge pixels repeated outside the frame. For a
/// box of whole pixels it is what cv::resize (bilinear) makes of them. Throws Error{Settings} for
/// an empty box.
cv::Mat crop_face(const FrameView &frame, const Box &box);

/// Landmarks of the frame in the pixels of the box' crop.
Landmarks landmarks_in_crop(const Landmarks &landmarks, const Box &box);

}  // namespace hyperlips
