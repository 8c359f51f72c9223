// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/face/per_track.hpp"

namespace hyperlips {

/// The opacity at which the generated mouth of each face track is shown. It moves toward the wanted
/// one by time, at any frame rate, so that a mouth fades in and out instead of switching: all the
/// way in 200 ms. A track that was not shown within the last second begins with the wanted opacity.
class TrackOpacity {
 public:
  /// The opacity (0 ... 1) of a track in the frame at `time` (seconds), for its frames in order.
  /// `wanted` is limited to 0 ... 1.
  float next(std::int64_t track, float wanted, double time);

  /// Forgets all tracks, for example after a seek.
  void reset() { shown_.reset(); }

 private:
  PerTrack<float> shown_;
};

}  // namespace hyperlips
