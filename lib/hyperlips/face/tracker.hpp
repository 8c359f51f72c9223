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
///     for (cv::Mat frame; video.read(frame, &seconds);)  // CV_8UC3 BGR
///       for (const hyperlips::Face &face : tracker.track(hyperlips::view_of(frame), seconds))
///         use(face.track_id, face.box, face.landmarks);

/// Options of Tracker.
struct TrackerOptions {
  float min_confidence = 0.5f;  ///< minimum detector score and mesh presence, 0 ... 1
  int max_faces = 1;            ///< maximum number of faces tracked at the same time, at least 1
  /// Frames between searches for further faces; 0: search only while no face is tracked. A count,
  /// not a time, because it limits the work per frame.
  int detect_interval = 10;
  double lost_time = 1;  ///< seconds for which a lost face keeps its track id, at least 0

  bool operator==(const TrackerOptions &) const = default;
};

/// Tracks faces in a video: the detector finds them, then the mesh network follows their landmarks
/// from frame to frame. A track is a person: a mesh that has slid to another face, for example when
/// two people cross, is noticed by motion and looks, and a face that was covered or lost is found
/// again with its old id. Not thread-safe.
class Tracker {
 public:
  /// Throws Error{Settings} if an option is out of range, and Error{NotFound} or Error{Format} if a
  /// model is missing or damaged.
  explicit Tracker(const TrackerOptions &options,
                   const std::filesystem::path &model_dir = face_model_dir());
  ~Tracker();
  Tracker(Tracker &&) noexcept;
  Tracker &operator=(Tracker &&) noexcept;

  /// Takes effect with the next frame; with a smaller `max_faces`, the youngest tracks end. Throws
  /// Error{Settings} as the constructor does.
  void set_options(const TrackerOptions &options);

  /// The faces of the next frame, in order of track id. `time` is that of the frame in seconds; it
  /// does not go backwards without reset(). A scene cut or a change of the frame size ends all
  /// tracks. `hints` are boxes of faces found by another detector, in upright frame pixels; if
  /// there are any, the built-in detector is not run for this frame.
  std::vector<Face> track(const FrameView &frame, double time, std::span<const Box> hints = {});

  /// For a frame that there is no time to examine: the faces of the last frame where their motion
  /// puts them now, except for those last seen more than `longest` seconds ago. Only looks for a
  /// scene cut, which ends all tracks.
  std::vector<Face> skip(const FrameView &frame, double time, double longest);

  /// The faces that were lost at most `longest` seconds before the last frame, where their motion
  /// puts them in it. They may be covered, or outside the frame.
  std::vector<Face> lost(double longest) const;

  /// Ends all tracks, for example after a seek. Track ids are not reused.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips
