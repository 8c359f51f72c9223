// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

#include "hyperlips/face/tracker.hpp"

namespace hyperlips::test {

/// A tracker that takes the frames of a video with 25 frames per second.
class TimedTracker {
 public:
  static constexpr double kFrame = 0.04;  // seconds

  explicit TimedTracker(const TrackerOptions &options) : tracker_(options) {}
  std::vector<Face> next(const FrameView &frame, std::span<const Box> hints = {}) {
    time_ += kFrame;
    return tracker_.track(frame, time_, hints);
  }
  std::vector<Face> skip(const FrameView &frame, double longest) {
    time_ += kFrame;
    return tracker_.skip(frame, time_, longest);
  }
  Tracker &tracker() { return tracker_; }

 private:
  Tracker tracker_;
  double time_ = 0;
};

}  // namespace hyperlips::test
