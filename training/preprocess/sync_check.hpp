// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "training/preprocess/face_clip_reader.hpp"

namespace hyperlips::training {

/// How well a clip's sound fits its lips when it is moved.
struct SyncMeasure {
  int offset = 0;         ///< frames by which the sound comes late (negative: early)
  double similarity = 0;  ///< mean cosine similarity at that offset, 0 ... 1
  double confidence = 0;  ///< similarity minus the median over all offsets
};

/// A trained lip-sync expert (SyncNet_color) that judges clips. Thread-safe.
class SyncCheck {
 public:
  static constexpr int kMaxOffset = 15;  ///< frames

  /// Throws Error that names the file when it is missing, damaged or another network.
  explicit SyncCheck(const std::string &checkpoint);
  ~SyncCheck();

  /// Offsets from -kMaxOffset to kMaxOffset are tried, fewer for clips that are hardly longer.
  SyncMeasure measure(const FaceClip &clip) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Moves the sound earlier by `offset` frames and cuts off the frames that then have none.
void shift_sound(FoundClip &found, int offset);

}  // namespace hyperlips::training
