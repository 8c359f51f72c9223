// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <list>

#include "hyperlips/own_mouths/mouth_chooser.hpp"

namespace hyperlips {

/// A lower face that was made for a frame.
struct RenderedMouth {
  cv::Rect rect;        ///< in upright pixels of the frame; may extend beyond it
  cv::Mat picture;      ///< CV_8UC3 BGR of the size of `rect`
  Landmarks landmarks;  ///< of the face with its new mouth, in upright pixels of the frame
};

/// Draws mouths of a bank into the pose of another frame. Not thread-safe.
class MouthRenderer {
 public:
  explicit MouthRenderer(const Bank &bank) : bank_(bank) {}

  /// `target`: landmarks of the frame's own face. Throws Error{Format} for a damaged picture.
  RenderedMouth render(const ChosenMouth &mouth, const Landmarks &target, const HeadPose &pose);

 private:
  const cv::Mat &picture(std::size_t frame);
  Landmarks placed(const ChosenMouth &mouth, const Landmarks &target, const HeadPose &pose) const;

  const Bank &bank_;
  std::list<std::pair<std::size_t, cv::Mat>> pictures_;  ///< latest first
};

}  // namespace hyperlips
