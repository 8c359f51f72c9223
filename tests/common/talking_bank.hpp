// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "hyperlips/own_mouths/bank.hpp"
#include "hyperlips/synth/talking_head.hpp"

namespace hyperlips::test {

/// A frame of a synthetic person, with its true landmarks.
struct PosedFrame {
  cv::Mat picture;  ///< CV_8UC3 BGR
  Face face;
};

/// Draws a synthetic person of about `face` pixels in a pose; `number` seeds the camera's noise.
class PosedHead {
 public:
  explicit PosedHead(int face, std::uint64_t seed = 7);
  PosedFrame draw(const FacePose &pose, std::uint64_t number = 0);

 private:
  synth::TalkingHead head_;
};

/// Frame `number` of a scripted movement: the mouth opens and closes and widens, the head turns
/// slowly.
FacePose scripted_pose(int number);

/// The bank of `frames` frames of that movement at 25 frames per second, with faces of about `face`
/// pixels. More than 100 frames repeat.
Bank talking_bank(int frames, int face);

/// The path of a file with that bank, which exists until the program ends.
std::string talking_bank_file(int frames, int face);

}  // namespace hyperlips::test
