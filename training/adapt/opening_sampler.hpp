// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "util/random.hpp"

namespace hyperlips::training {

/// Draws frames evenly over the opening of the mouth: in speech most mouths are nearly closed, and
/// a network that sees few wide ones makes all of them too small. Each opening between the second
/// and the 98th percentile is equally likely; of the frames, one of those nearest to it is drawn,
/// so that no single frame is drawn too often.
class OpeningSampler {
 public:
  /// openings: one per frame, at least one; see mouth_opening().
  explicit OpeningSampler(const std::vector<double> &openings);

  /// The index of a frame.
  std::size_t draw(Random &random) const;

 private:
  struct Frame {
    double opening;
    std::size_t index;
  };

  std::vector<Frame> sorted_;
  double least_, most_;
};

}  // namespace hyperlips::training
