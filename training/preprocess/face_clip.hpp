// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include <opencv2/core.hpp>

#include "audio/mel.hpp"
#include "face/types.hpp"

namespace hyperlips::training {

/// An unbroken stretch of video at 25 frames a second in which one face is seen, with its sound,
/// both starting at the same moment. Crops are those of inference (lookahead smoothing).
struct FaceClip {
  std::vector<cv::Mat> crops;        ///< CV_8UC3 BGR, 128x128
  std::vector<Landmarks> landmarks;  ///< in the crop's pixels, one for each crop
  std::vector<float> samples;        ///< mono, 16 kHz, -1 ... 1
  std::vector<MelColumn> mel;        ///< of all samples

  std::size_t frames() const { return crops.size(); }
};

}  // namespace hyperlips::training
