// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <vector>

#include "training/data/dataset.hpp"
#include "training/preprocess/face_clip.hpp"

namespace hyperlips::training {

struct AdaptDataOptions {
  /// Varies brightness, color and framing, and the loudness, pitch, time (by a column) and masking
  /// of the speech. No mirroring: faces are asymmetric, and minutes of footage are too short for
  /// two.
  bool augment = true;
  double mouth_swap = 0.5;  ///< fraction of examples with another frame's mouth, see swap_mouth()
};

/// The frames of one person's footage, in memory, as single frames with the mel window at their own
/// time, as in inference. Batch names: "mels" (1, 1, 80, 16), "face" (6, 1, 128, 128), "target"
/// (3, 1, 128, 128). In half of the examples the reference is the footage's first crop, as in
/// inference, otherwise a random frame of the same clip.
class AdaptDataset : public Dataset {
 public:
  /// Throws Error{Settings} without frames.
  AdaptDataset(std::vector<std::shared_ptr<const FaceClip>> clips, const AdaptDataOptions &options);

  /// Number of frames in all clips.
  std::int64_t epoch() const override { return std::int64_t(frames_.size()); }
  Batch example(std::uint64_t seed, std::int64_t index) const override;
  std::int64_t unreadable() const override { return 0; }

 private:
  struct FrameIndex {
    std::size_t clip, frame;
  };

  std::vector<std::shared_ptr<const FaceClip>> clips_;
  AdaptDataOptions options_;
  std::vector<FrameIndex> frames_;
};

/// The frames of held-out clips in order, as in inference: no augmentation, one reference for all.
class HeldOutDataset : public Dataset {
 public:
  /// reference: CV_8UC3 BGR, 128x128. Throws Error{Settings} without frames.
  HeldOutDataset(std::vector<std::shared_ptr<const FaceClip>> clips, cv::Mat reference);

  std::int64_t epoch() const override;
  /// Frame `index` modulo the number of frames; ignores the seed.
  Batch example(std::uint64_t seed, std::int64_t index) const override;
  std::int64_t unreadable() const override { return 0; }

 private:
  std::vector<std::shared_ptr<const FaceClip>> clips_;
  cv::Mat reference_;
};

/// Clips for training and for measuring.
struct HeldOutSplit {
  std::vector<std::shared_ptr<const FaceClip>> training, held_out;
};

/// Splits footage in time: the last `share` (0 ... 1) of all frames is held out.
HeldOutSplit split_footage(const std::vector<FaceClip> &clips, double share);

}  // namespace hyperlips::training
