// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/data/clip_dataset.hpp"

namespace hyperlips::training {

/// Which mel window each frame of a base example gets.
enum class MelTiming {
  Published,  ///< frame n the window of frame n - 1, so that examples start at frame 1 or later
  Inference,  ///< frame n the window at its own time, as the elements do
};

/// The example of HyperLipsBase for five frames from number `frame` on:
/// "mels" (5, 1, 80, 16): the mel window of each frame;
/// "mel" (1, 80, 16): the mel window at the first frame's time, for the sync expert;
/// "face" (6, 5, 128, 128): target with rows 64 ... 127 zero, then reference;
/// "target" (3, 5, 128, 128).
/// target, reference: five pictures each, CV_8UC3 BGR, 128x128. Throws Error{Settings} if the
/// speech does not cover the frames.
Batch base_example(std::span<const cv::Mat> target, std::span<const cv::Mat> reference,
                   std::span<const MelColumn> mel, int frame, MelTiming timing);

/// The first and last `frame` for which base_example() finds all mel windows.
std::pair<int, int> base_frames(std::int64_t mel_columns, MelTiming timing);

/// Examples for HyperLipsBase: five frames of a clip, and five other frames of the same clip, drawn
/// at random, as the reference.
class BaseDataset : public ClipDataset {
 public:
  BaseDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
              MelTiming timing = MelTiming::Published);

 private:
  Batch draw(const Clip &clip, Random &random) const override;

  MelTiming timing_;
};

}  // namespace hyperlips::training
