// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// How much redder the lips are than the skin of nose and cheekbones: difference of ln(R/G), about
/// 0.1 to 0.4 for bare lips, 0 for a hand in front of them and for a gray picture.
float lip_redness(const FrameView &frame, const Landmarks &landmarks);

/// Tells whether a hand, a microphone or a cup hides the mouth of one face, by its lips' redness
/// against what it mostly was: the mesh network itself reports a hidden mouth with full
/// confidence. Says nothing (visible) for the first frames and for lips of the skin's own color.
class MouthVisibility {
 public:
  /// The redness of the next frame; returns whether the mouth is hidden in it.
  bool is_hidden(float redness);

 private:
  std::vector<float> recent_;  ///< a ring
  std::size_t next_ = 0;
  bool hidden_ = false;
  int visible_frames_ = 0;  ///< since the mouth was hidden
  int hidden_frames_ = 0;
};

}  // namespace hyperlips
