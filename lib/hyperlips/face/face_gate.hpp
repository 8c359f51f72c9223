// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>

#include "hyperlips/face/types.hpp"

namespace hyperlips {

/// Faces that can be lip-synced. The networks were not trained on profiles, and a small face would
/// get a mouth of a few pixels.
struct FaceLimits {
  float max_yaw = 50;    ///< degrees to the left or right; 90: any
  float min_size = 48;   ///< the larger one of width and height of Face::box, in pixels
  float max_pitch = 45;  ///< degrees up or down
};

/// Decides which faces of a video are lip-synced, with hysteresis: a face that was closed out comes
/// back when it is 5 degrees inside the angles and 10 % larger than the minimum.
class FaceGate {
 public:
  enum class Reason { None, Turned, Small };

  /// Why this face is not lip-synced in its next frame; None: it is.
  Reason check(const Face &face, const FaceLimits &limits);

  /// Forgets all faces, for example after a seek.
  void reset() { closed_.clear(); }

 private:
  std::map<std::int64_t, Reason> closed_;  ///< by track id
};

/// "turned", "small" or "none".
const char *to_string(FaceGate::Reason reason);

}  // namespace hyperlips
