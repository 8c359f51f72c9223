// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <span>
#include <vector>

#include "hyperlips/face/face_gate.hpp"
#include "hyperlips/face/selector.hpp"
#include "hyperlips/face/tracker.hpp"

namespace hyperlips {

/// What hyperlipsfacecrop looks for.
struct FaceFinderSettings {
  TrackerOptions tracking;
  FaceChoice choice = FaceChoice::Largest;
  int index = 0;  ///< for FaceChoice::Index
  FaceLimits limits;
  /// Lip-sync covered mouths, and lost faces where they are expected, for up to 500 ms.
  bool hold = false;
};

/// A face that was chosen for lip-sync.
struct FoundFace {
  Face face;
  float opacity = 1;        ///< 0 ... 1: how visible the new mouth is to be
  const char *hidden = "";  ///< why the opacity is 0; empty: it is not
};

/// The faces of a video that are lip-synced: those that the selector chooses among tracked faces
/// and those lost at most 200 ms ago. The latter, covered mouths, profiles and small faces keep
/// their place with opacity 0, so that the new mouth can be faded out and in. Not thread-safe.
class FaceFinder {
 public:
  /// Errors as of Tracker.
  explicit FaceFinder(const FaceFinderSettings &settings);

  /// Takes effect with the next frame.
  void set(const FaceFinderSettings &settings);

  /// The faces of the frame at `time` (seconds), in order of track id; arguments as of
  /// Tracker::track().
  std::vector<FoundFace> find(const FrameView &frame, double time, std::span<const Box> hints);

  /// For a late frame: the last faces where they are expected, without examining the frame.
  std::vector<FoundFace> skip(const FrameView &frame, double time);

  void reset();

 private:
  FoundFace wanted(const Face &face, bool lost);

  FaceFinderSettings settings_;
  Tracker tracker_;
  FaceSelector selector_;
  FaceGate gate_;
  std::map<std::int64_t, FoundFace> last_;  ///< of the last frame that was examined
};

}  // namespace hyperlips
