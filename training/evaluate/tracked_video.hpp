// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hyperlips/face/tracker.hpp"
#include "training/evaluate/landmark_measures.hpp"
#include "training/evaluate/picture_reader.hpp"
#include "training/evaluate/sync_measures.hpp"

namespace hyperlips::training {

/// A frame and the mesh of its first face; none without a face.
struct TrackedFrame {
  TimedPicture picture;
  std::optional<Landmarks> mesh;
};

/// Reads a video and tracks its face. Throws Error that names the file.
class TrackedVideo {
 public:
  TrackedVideo(const std::string &path, const TrackerOptions &tracker,
               const std::filesystem::path &face_models, const std::atomic<bool> &cancel);

  /// The next frame; none at the end and when canceled. In frames before the time `track_from`
  /// (seconds) no face is searched.
  std::optional<TrackedFrame> next(double track_from = 0);

  const std::string &path() const { return reader_.path(); }
  /// The faces of all frames read so far.
  const std::vector<TimedBox> &track() const { return track_; }

 private:
  PictureReader reader_;
  Tracker tracker_;
  std::vector<TimedBox> track_;
};

/// Finds the frame of a video at a time; times must not decrease. Faces are tracked from half a
/// second before the first time on.
class NearestFrames {
 public:
  explicit NearestFrames(TrackedVideo &video) : video_(video) {}

  /// The frame nearest to the time of another video's frame, at most half its duration away; null
  /// if there is none.
  const TrackedFrame *at(const TimedPicture &other);

  /// Tracks the rest of the video.
  void finish();

 private:
  TrackedVideo &video_;
  bool started_ = false;
  double track_from_ = 0;
  std::optional<TrackedFrame> current_, ahead_;
};

}  // namespace hyperlips::training
