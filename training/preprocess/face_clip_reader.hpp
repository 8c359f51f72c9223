// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "training/preprocess/face_check.hpp"
#include "training/preprocess/face_clip.hpp"

namespace hyperlips::training {

struct ClipReaderOptions {
  double min_seconds = 1;   ///< shorter stretches are dropped
  double max_seconds = 10;  ///< longer ones are cut
  FaceRules faces;
  /// Part of a clip's frames whose mel window is not silent, 0 ... 1.
  double min_speech = 0.5;
  /// Keeps the crops at the face's own resolution too, square, up to this many pixels; 0: does not.
  int own_resolution = 0;
};

struct FoundClip {
  int number = 0;    ///< in its video, from 0 on
  double start = 0;  ///< seconds after the video's first frame
  FaceClip clip;

  double end() const;
};

struct DroppedStretch {
  double start = 0, end = 0;  ///< seconds after the video's first frame
  Drop reason = Drop::NoFace;
  std::string detail;  ///< such as how far the sound is off; mostly empty
};

/// Throws Error{Settings} that names the option that lies outside its range.
void check(const ClipReaderOptions &options);

/// Cuts a video file into clips with exactly one usable face. Any container, codec, frame rate and
/// rotation tag; faces are followed and cropped as hyperlipsfacecrop does. Every moment of the
/// video ends up in a clip or a dropped stretch, handed over in order as soon as it is complete, so
/// memory is bounded by one clip. Returns the seconds read; `cancel` ends it early. Throws Error
/// that names the file when it cannot be decoded or has no sound, and what the callbacks throw.
double read_face_clips(const std::string &path, const ClipReaderOptions &options,
                       const std::atomic<bool> &cancel,
                       const std::function<void(FoundClip &&)> &on_clip,
                       const std::function<void(const DroppedStretch &)> &on_drop);

}  // namespace hyperlips::training
