// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/audio/mel.hpp"
#include "hyperlips/face/framing.hpp"
#include "hyperlips/face/pose.hpp"
#include "hyperlips/face/types.hpp"
#include "hyperlips/synth/performance.hpp"

namespace hyperlips::training {

/// A square crop at the face's native resolution; compressed, since a clip of decoded ones would
/// need gigabytes.
struct NativeCrop {
  int size = 0;                    ///< pixels of each side
  std::vector<std::uint8_t> jpeg;  ///< quality 95
};

/// An uninterrupted segment of video at 25 frames per second that shows one face, with its sound,
/// both starting at the same time. The crops are those of inference (lookahead smoothing).
struct FaceClip {
  std::vector<cv::Mat> crops;         ///< CV_8UC3 BGR, 128x128
  std::vector<Landmarks> landmarks;   ///< in pixels of the crop, one per crop
  std::vector<NativeCrop> native;     ///< one per crop, or empty
  std::vector<float> samples;         ///< mono, 16 kHz, -1 ... 1
  std::vector<MelColumn> mel;         ///< of all samples
  Framing framing = Framing::Steady;  ///< the box of the crops
  // Of a synthetic head only, otherwise empty:
  std::vector<MouthPose> mouths;         ///< one per crop
  std::vector<synth::Phoneme> phonemes;  ///< seconds since the first frame

  std::size_t frames() const { return crops.size(); }
};

}  // namespace hyperlips::training
