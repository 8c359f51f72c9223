// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>

#include <opencv2/core.hpp>

#include "hyperlips/face/pose.hpp"
#include "hyperlips/face/types.hpp"

namespace hyperlips::synth {

struct TalkingHeadOptions {
  std::uint64_t seed = 0;      ///< decides person, clothes, background, light and camera
  cv::Size frame{1280, 720};   ///< width and height, 16 ... 16384 pixels each
  int threads = 0;             ///< for drawing a frame; 0: one per core
  bool camera_effects = true;  ///< blur, noise and compression of the camera
};

/// Ground truth of a drawn frame.
struct HeadTruth {
  Landmarks landmarks;  ///< the 478 landmarks of FaceMesh, in pixels
  cv::Mat mouth_mask;   ///< CV_8UC1 of the frame's size, 255 inside the outer lips
};

/// A synthetic person, rendered in software from a pose. The same seed, size, pose and frame number
/// give the same bytes, with any number of threads.
///
///     TalkingHead head({.seed = 7, .frame = {1280, 720}});
///     FacePose pose;
///     pose.mouth.opening = 0.1f;
///     cv::Mat bgr;
///     HeadTruth truth;
///     head.draw(pose, 0, bgr, &truth);
///     cv::imwrite("head.png", bgr);
///
/// Performance gives the poses of speech.
class TalkingHead {
 public:
  /// Throws Error{Settings} if the frame is too small or too large.
  explicit TalkingHead(const TalkingHeadOptions &options);
  ~TalkingHead();
  TalkingHead(TalkingHead &&) noexcept;
  TalkingHead &operator=(TalkingHead &&) noexcept;

  /// Draws a frame into `bgr` (CV_8UC3 of the frame's size, allocated if necessary). The noise of
  /// the camera depends on the frame number `number`. Sets `truth` unless it is null.
  void draw(const FacePose &pose, std::uint64_t number, cv::Mat &bgr, HeadTruth *truth = nullptr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips::synth
