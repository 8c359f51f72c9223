// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>

#include <opencv2/core.hpp>

#include "hyperlips/face/pose.hpp"
#include "hyperlips/face/types.hpp"

namespace hyperlips::synth {

struct TalkingHeadOptions {
  std::uint64_t seed = 0;      ///< decides everything that does not move
  cv::Size frame{1280, 720};   ///< 16 ... 16384 pixels each way
  int threads = 0;             ///< that draw one frame; 0: as many as there are cores
  bool camera_effects = true;  ///< blur, noise and compression of the camera
};

/// What is true of a drawn frame.
struct HeadTruth {
  Landmarks landmarks;  ///< the 478 points of FaceMesh, in pixels
  cv::Mat mouth_mask;   ///< CV_8UC1 of the frame's size, 255 inside the outer lips
};

/// A person who never lived, drawn in software from a pose. The same seed, size, pose and frame
/// number give the same bytes, with any number of threads.
class TalkingHead {
 public:
  /// Throws Error{Settings} for a frame that is too small or too large.
  explicit TalkingHead(const TalkingHeadOptions &options);
  ~TalkingHead();
  TalkingHead(TalkingHead &&) noexcept;
  TalkingHead &operator=(TalkingHead &&) noexcept;

  /// Draws one frame over `bgr` (CV_8UC3 of the frame's size; allocated where it is not). The noise
  /// of the camera comes from `number`. Fills `truth` where it is given.
  void draw(const FacePose &pose, std::uint64_t number, cv::Mat &bgr, HeadTruth *truth = nullptr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips::synth
