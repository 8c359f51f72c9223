// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// What a face looks like: the colors of skin, brows, beard and hair at landmarks that do not move
/// with speech, without the brightness of the light. It tells the faces of a scene apart, for a
/// tracker; it is no face recognition, which would have to know a person again in other light.
class Appearance {
 public:
  static constexpr std::size_t kPoints = 104;

  Appearance() = default;
  /// The face with these landmarks, of any size. The frame is read around them; outside it the
  /// nearest pixels count.
  Appearance(const FrameView &frame, const Landmarks &landmarks);

  bool empty() const { return empty_; }

  /// How different two faces look, about 0.05 to 0.2 for two views of the same face in one scene
  /// and 0.2 to 1 for different people; infinite if one of them is empty.
  float distance(const Appearance &other) const;

  /// The same for the 70 % of the points that differ least, so that a hand or a cup in front of the
  /// face does not count: about 0.03 to 0.1, and 0.15 to 0.5.
  float uncovered_distance(const Appearance &other) const;

  /// Moves toward `seen` by a weight of 0 ... 1. An empty one becomes `seen`.
  void learn(const Appearance &seen, float weight);

 private:
  std::array<float, kPoints> differences(const Appearance &other) const;

  bool empty_ = true;
  std::array<cv::Vec3f, kPoints> colors_{};  ///< brightness, and two differences of colors
};

}  // namespace hyperlips
