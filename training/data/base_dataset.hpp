// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/model/conventions.hpp"
#include "training/data/clip_dataset.hpp"
#include "training/data/mouth_box.hpp"

namespace hyperlips::training {

/// Frames between the pictures of an example and its reference, if the clip is long enough. Nearer
/// ones show nearly the mouth that is to be generated.
inline constexpr int kReferenceDistance = 10;

/// The pictures of an example of HyperLipsBase with T frames:
/// "face" (6, T, 128, 128): target with rows 64 ... 127 zero, then reference;
/// "target" (3, T, 128, 128).
/// target, reference: T pictures each, CV_8UC3 BGR, 128x128.
Batch face_example(std::span<const cv::Mat> target, std::span<const cv::Mat> reference);

/// The same with the speech of T frames from number `frame` on, see mel_window():
/// "mels" (T, 1, 80, 16): the mel window of each frame;
/// with five frames "mel" (1, 80, 16): the mel window at the first frame's time, for the sync
/// expert.
/// Throws Error{Settings} for a frame outside of base_frames().
Batch base_example(std::span<const cv::Mat> target, std::span<const cv::Mat> reference,
                   std::span<const MelColumn> mel, int frame, MelTiming timing);

/// The first and last `frame` for which base_example() finds speech for `frames` frames. With five,
/// the window for the sync expert is complete.
std::pair<int, int> base_frames(std::int64_t mel_columns, MelTiming timing,
                                int frames = kWindowFrames);

struct BaseOptions {
  MelTiming timing = MelTiming::Published;
  int frames = kWindowFrames;  ///< successive frames of an example, 1 ... 5
  /// Fraction of the examples that get the mouth and the speech of other frames of the clip, see
  /// swap_mouth(). Clips without landmarks are not changed.
  double mouth_swap = 0;
};

/// Examples for HyperLipsBase: successive frames of a clip, and as many other frames of the same
/// clip, drawn at random at kReferenceDistance, as the reference. base_example() and "lips" (T, 4),
/// the mouth_box() of each frame, kMiddleOfLowerHalf without landmarks.
class BaseDataset : public ClipDataset {
 public:
  /// Throws Error{Settings} for options out of range.
  BaseDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
              const BaseOptions &options = {});
  BaseDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source, MelTiming timing)
      : BaseDataset(std::move(clips), std::move(source), BaseOptions{.timing = timing}) {}

 private:
  Batch draw(const Clip &clip, Random &random) const override;
  std::vector<MouthBox> swap_mouths(const Clip &clip, int first, int mouths,
                                    std::vector<cv::Mat> &faces) const;
  bool has_landmarks(const Clip &clip, int first) const;

  BaseOptions options_;
};

}  // namespace hyperlips::training
