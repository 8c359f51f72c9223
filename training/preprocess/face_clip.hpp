// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/audio/mel.hpp"
#include "hyperlips/face/types.hpp"

namespace hyperlips::training {

/// A crop at the face's own resolution, compressed, because a clip of them would not fit in memory.
struct OwnCrop {
  int size = 0;                    ///< pixels of each side
  std::vector<std::uint8_t> jpeg;  ///< quality 95
};

/// An unbroken stretch of video at 25 frames a second in which one face is seen, with its sound,
/// both starting at the same moment. Crops are those of inference (lookahead smoothing).
struct FaceClip {
  std::vector<cv::Mat> crops;        ///< CV_8UC3 BGR, 128x128
  std::vector<Landmarks> landmarks;  ///< in the crop's pixels, one for each crop
  std::vector<OwnCrop> own;          ///< one for each crop, or none
  std::vector<float> samples;        ///< mono, 16 kHz, -1 ... 1
  std::vector<MelColumn> mel;        ///< of all samples

  std::size_t frames() const { return crops.size(); }
};

}  // namespace hyperlips::training
