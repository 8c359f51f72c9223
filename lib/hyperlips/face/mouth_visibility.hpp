// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// Redness of the lips relative to the skin of nose and cheekbones: the difference of ln(R/G),
/// about 0.1 to 0.4 for bare lips, 0 for a hand in front of them and for a gray picture.
float lip_redness(const FrameView &frame, const Landmarks &landmarks);

/// Detects that an object such as a hand, a microphone or a cup occludes the mouth of one face, by
/// comparing the redness of its lips with the typical value in this track. (The confidence of the
/// mesh network is no indication.) In the first frames, and if the lips have the color of the skin,
/// the mouth is always reported as visible.
class MouthVisibility {
 public:
  /// Takes the redness in the frame at `time` (seconds), and returns whether the mouth is occluded
  /// in it. After an occlusion the mouth must be visible for 0.1 s.
  bool is_hidden(float redness, double time);

 private:
  void remember(float redness, double time);

  std::vector<float> recent_;  ///< ring buffer
  std::size_t next_ = 0;
  double remembered_ = 0;  ///< time of the last value in it
  bool hidden_ = false;
  double last_hidden_ = 0;  ///< time of the last frame in which it was occluded
};

}  // namespace hyperlips
