// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "hyperlips/face/detector.hpp"

namespace hyperlips {

/// \file
/// Face tracking in videos. Basic usage:
///
///     hyperlips::Tracker tracker({.max_faces = 2});
///     for (cv::Mat frame; video.read(frame);)  // CV_8UC3 BGR
///       for (const hyperlips::Face &face : tracker.track(hyperlips::view_of(frame)))
///         use(face.track_id, face.box, face.landmarks);

/// Options of Tracker.
struct TrackerOptions {
  float min_confidence = 0.5f;  ///< minimum detector score and mesh presence, 0 ... 1
  int max_faces = 1;            ///< maximum number of faces tracked at the same time, at least 1
  /// Frames between searches for further faces; 0: search only while no face is tracked.
  int detect_interval = 10;
  int lost_frames = 25;  ///< frames for which a lost face keeps its track id, at least 0

  bool operator==(const TrackerOptions &) const = default;
};

/// Tracks faces in a video: the detector finds them, then the mesh network follows their landmarks
/// from frame to frame. Not thread-safe.
class Tracker {
 public:
  /// Throws Error{Settings} if an option is out of range, and Error{NotFound} or Error{Format} if a
  /// model is missing or damaged.
  explicit Tracker(const TrackerOptions &options,
                   const std::filesystem::path &model_dir = face_model_dir());
  ~Tracker();
  Tracker(Tracker &&) noexcept;
  Tracker &operator=(Tracker &&) noexcept;

  /// The faces of the next frame, in order of track id. A scene cut or a change of the frame size
  /// ends all tracks. `hints` are boxes of faces found by another detector, in upright frame
  /// pixels; if there are any, the built-in detector is not run for this frame.
  std::vector<Face> track(const FrameView &frame, std::span<const Box> hints = {});

  /// Ends all tracks, for example after a seek. Track ids are not reused.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips
