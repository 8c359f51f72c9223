// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <vector>

#include "training/data/dataset.hpp"
#include "training/preprocess/face_clip.hpp"

namespace hyperlips::training {

struct AdaptDataOptions {
  /// Varies light and framing, and of the speech loudness, pitch, moment (by a column) and what of
  /// it is heard. There is no mirror image: a face is not its own, and minutes are too short for
  /// two.
  bool augment = true;
  double mouth_swap = 0.5;  ///< share of examples with another frame's mouth, see swap_mouth
};

/// The frames of one person's footage, held in memory: single frames with their own mel window, at
/// the time at which inference looks at it. Batch names: "mels" (1, 1, 80, 16), "face"
/// (6, 1, 128, 128), "target" (3, 1, 128, 128). The reference is the clip's first crop, which
/// inference uses, in half of the examples, else a random frame of the same clip.
class AdaptDataset : public Dataset {
 public:
  /// Throws Error{Settings} when there is no frame.
  AdaptDataset(std::vector<std::shared_ptr<const FaceClip>> clips, const AdaptDataOptions &options);

  /// Frames in all clips.
  std::int64_t epoch() const override { return std::int64_t(frames_.size()); }
  Batch example(std::uint64_t seed, std::int64_t index) const override;
  std::int64_t unreadable() const override { return 0; }

 private:
  struct Place {
    std::size_t clip, frame;
  };

  std::vector<std::shared_ptr<const FaceClip>> clips_;
  AdaptDataOptions options_;
  std::vector<Place> frames_;
};

/// The frames of held-out clips one after the other, as inference sees them: no augmentation, the
/// reference is the first crop of the footage.
class HeldOutDataset : public Dataset {
 public:
  HeldOutDataset(std::vector<std::shared_ptr<const FaceClip>> clips, cv::Mat reference);

  std::int64_t epoch() const override;
  /// Frame `index` modulo the number of frames; the seed does not matter.
  Batch example(std::uint64_t seed, std::int64_t index) const override;
  std::int64_t unreadable() const override { return 0; }

 private:
  std::vector<std::shared_ptr<const FaceClip>> clips_;
  cv::Mat reference_;
};

/// Splits footage in time: the last `share` of all frames (0 ... 1) is held out.
struct HeldOutSplit {
  std::vector<std::shared_ptr<const FaceClip>> training, held_out;
};
HeldOutSplit split_footage(const std::vector<FaceClip> &clips, double share);

}  // namespace hyperlips::training
