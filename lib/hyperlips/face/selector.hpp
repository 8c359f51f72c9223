// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hyperlips/face/types.hpp"

namespace hyperlips {

enum class FaceChoice { Largest, Center, First, Index, All };

/// Chooses which of the faces in a frame are lip-synced. A choice by size or place is kept until
/// another face is clearly better, so that two similar people do not take turns.
class FaceSelector {
 public:
  FaceSelector(FaceChoice choice, int index) : choice_(choice), index_(index) {}

  /// The chosen faces; `faces` in order of track id, `frame` the upright size. `index` counts from
  /// the left.
  std::vector<Face> select(std::span<const Face> faces, cv::Size frame);

  void reset() { current_ = -1; }

 private:
  FaceChoice choice_;
  int index_;
  std::int64_t current_ = -1;
};

}  // namespace hyperlips
