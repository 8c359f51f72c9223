// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "hyperlips/face/detector.hpp"

namespace hyperlips {

struct TrackerOptions {
  float min_confidence = 0.5f;  ///< detector score and mesh presence, 0 ... 1
  int max_faces = 1;            ///< faces that are followed at once
  int detect_interval = 10;     ///< frames between searches for further faces; 0 = only when fewer
                                ///< than one face is followed
  int lost_frames = 25;         ///< frames for which a face that is lost keeps its track id

  bool operator==(const TrackerOptions &) const = default;
};

/// Follows faces from frame to frame: detects once, then keeps the mesh. Not thread-safe.
class Tracker {
 public:
  /// Throws Error{Settings} for options outside their range.
  explicit Tracker(const TrackerOptions &options,
                   const std::filesystem::path &model_dir = face_model_dir());
  ~Tracker();
  Tracker(Tracker &&) noexcept;
  Tracker &operator=(Tracker &&) noexcept;

  /// The faces of the next frame, in order of track id; a cut to another scene starts new tracks.
  /// `hints` are boxes that another detector found (upright pixels); where given, the own detector
  /// is not run for this frame. A change of the frame's size forgets all faces.
  std::vector<Face> track(const FrameView &frame, std::span<const Box> hints = {});

  /// Forgets all faces: after a seek or a change of size. Track ids are not reused.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips
