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
  double min_seconds = 1;   ///< shorter segments are dropped, at least 0.04
  double max_seconds = 10;  ///< longer segments are split, at most 600
  FaceRules faces;
  Framing framing = Framing::Steady;  ///< box of the crops
  /// Minimum fraction of frames whose mel window is not silent, 0 ... 1.
  double min_speech = 0.5;
  /// Maximum size of FaceClip::native in pixels, up to 4096; 0: none.
  int native_resolution = 0;
};

struct FoundClip {
  int number = 0;    ///< in its video, from 0 on
  double start = 0;  ///< seconds since the first frame of the video
  FaceClip clip;

  double end() const;
};

struct DroppedSegment {
  double start = 0, end = 0;  ///< seconds since the first frame of the video
  Drop reason = Drop::NoFace;
  std::string detail;  ///< the sync offset, for example; may be empty
};

/// Throws Error{Settings} that names the option out of range.
void check(const ClipReaderOptions &options);

/// Cuts a video file into clips with exactly one usable face. Any container, codec, frame rate and
/// rotation tag; faces are tracked and cropped as by hyperlipsfacecrop with `framing`. Each part of
/// the video is reported as a clip or a dropped segment, in order, as soon as it is complete, so
/// memory is bounded by one clip. Returns the seconds read; `cancel` stops early. Throws Error that
/// names the file if it cannot be decoded or has no sound, and the errors of the callbacks.
double read_face_clips(const std::string &path, const ClipReaderOptions &options,
                       const std::atomic<bool> &cancel,
                       const std::function<void(FoundClip &&)> &on_clip,
                       const std::function<void(const DroppedSegment &)> &on_drop);

}  // namespace hyperlips::training
