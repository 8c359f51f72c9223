// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "hyperlips/model/conventions.hpp"
#include "training/adapt/opening_sampler.hpp"
#include "training/data/dataset.hpp"
#include "training/preprocess/face_clip.hpp"

namespace hyperlips::training {

using FootagePart = std::vector<std::shared_ptr<const FaceClip>>;

/// Number of frames.
std::int64_t frames_in(const FootagePart &part);

struct AdaptDataOptions {
  /// Varies brightness, color and framing, and the loudness, pitch, time (by a column) and masking
  /// of the speech. No mirroring: faces are asymmetric, and minutes of footage are too short for
  /// two.
  bool augment = true;
  MelTiming timing = MelTiming::Inference;  ///< of the network that is adapted
  double mouth_swap = 0.5;  ///< fraction of examples with another frame's mouth, see swap_mouth()
  /// Fraction of examples whose mouth is drawn evenly over its opening, see OpeningSampler; of the
  /// others each frame is equally likely.
  double even_openings = 0.5;
};

/// The frames of one person's footage, in memory, as single frames with the mel window of the
/// network's timing, as in inference. Batch names: "mels" (1, 1, 80, 16), "face" (6, 1, 128, 128),
/// "target" (3, 1, 128, 128), "lips" (1, 4), see mouth_box(). In half of the examples the reference
/// is the footage's first crop, as in inference, otherwise a random frame of the same clip; at
/// kReferenceDistance from the frames of face and mouth.
class AdaptDataset : public Dataset {
 public:
  /// Throws Error{Settings} without frames.
  AdaptDataset(FootagePart clips, const AdaptDataOptions &options);

  /// Number of frames in all clips.
  std::int64_t epoch() const override { return std::int64_t(frames_.size()); }
  Batch example(std::uint64_t seed, std::int64_t index) const override;
  std::int64_t unreadable() const override { return 0; }

 private:
  struct FrameIndex {
    std::size_t clip, frame;
    bool operator==(const FrameIndex &) const = default;
  };

  std::vector<double> openings() const;
  cv::Mat reference(const FrameIndex &face, const FrameIndex &mouth, Random &random) const;

  FootagePart clips_;
  AdaptDataOptions options_;
  std::vector<FrameIndex> frames_;
  std::optional<OpeningSampler> by_opening_;
};

/// The frames of held-out clips in order, as in inference: no augmentation, one reference for all.
class HeldOutDataset : public Dataset {
 public:
  /// reference: CV_8UC3 BGR, 128x128. every: only each of these frames, 1: all. Throws
  /// Error{Settings} without frames.
  HeldOutDataset(FootagePart clips, cv::Mat reference, std::int64_t every = 1,
                 MelTiming timing = MelTiming::Inference);

  std::int64_t epoch() const override;
  /// The frame of that number, modulo epoch(); ignores the seed.
  Batch example(std::uint64_t seed, std::int64_t index) const override;
  std::int64_t unreadable() const override { return 0; }

 private:
  FootagePart clips_;
  cv::Mat reference_;
  std::int64_t every_;
  MelTiming timing_;
};

/// Clips for training, for choosing the best weights, and for what is reported.
struct FootageSplit {
  FootagePart training, selection, report;
};

/// Splits footage in time: the last fraction `report` (0 ... 1) of all frames, and before it the
/// fraction `selection`.
FootageSplit split_footage(const std::vector<FaceClip> &clips, double selection, double report);

}  // namespace hyperlips::training
