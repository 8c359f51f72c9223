// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/data/clip_dataset.hpp"

namespace hyperlips::training {

/// Which window of speech each frame of a base example gets.
enum class MelTiming {
  Published,  ///< frame n that of frame n - 1's time, so that windows begin at frame 1
  Inference,  ///< frame n that of its own time
};

/// The example of HyperLipsBase for the window of frames that starts at number `frame`:
/// "mels" (5, 1, 80, 16): the speech of each frame;
/// "mel" (1, 80, 16): that of the whole window, for the sync expert, which starts at frame's time;
/// "face" (6, 5, 128, 128): target with rows 64 ... 127 zero, then reference;
/// "target" (3, 5, 128, 128).
/// Pictures are CV_8UC3 BGR, 128x128, five each. Throws Error{Settings} where the speech does not
/// cover the window.
Batch base_example(std::span<const cv::Mat> target, std::span<const cv::Mat> reference,
                   std::span<const MelColumn> mel, int frame, MelTiming timing);

/// The first and last frame at which a window can start that base_example() has speech for.
std::pair<int, int> base_frames(std::int64_t mel_columns, MelTiming timing);

/// Windows of clips, each with a random other one of the same clip as the reference.
class BaseDataset : public ClipDataset {
 public:
  BaseDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
              MelTiming timing = MelTiming::Published);

 private:
  Batch draw(const Clip &clip, Random &random) const override;

  MelTiming timing_;
};

}  // namespace hyperlips::training
