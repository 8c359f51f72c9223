// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hyperlips/face/types.hpp"

namespace hyperlips {

/// Which faces of a frame are lip-synced: the largest, the one nearest to the center, the one with
/// the lowest track id, one by index from the left, or all.
enum class FaceChoice { Largest, Center, First, Index, All };

/// Chooses the faces of a frame that are lip-synced. Largest and Center keep the current face until
/// another is 1.5 times better, so that the choice does not alternate between similar faces.
class FaceSelector {
 public:
  /// `index` counts from the left, from 0 on; used by FaceChoice::Index only.
  FaceSelector(FaceChoice choice, int index) : choice_(choice), index_(index) {}

  /// Changes the choice, from the next frame on.
  void choose(FaceChoice choice, int index) {
    choice_ = choice;
    index_ = index;
  }

  /// The chosen faces. `faces` are in order of track id; `frame` is the upright frame size.
  std::vector<Face> select(std::span<const Face> faces, cv::Size frame);

  /// Forgets the current face.
  void reset() { current_ = -1; }

 private:
  FaceChoice choice_;
  int index_;
  std::int64_t current_ = -1;
};

}  // namespace hyperlips
