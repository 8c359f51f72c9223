// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "training/data/clip_list.hpp"
#include "training/data/clip_source.hpp"
#include "training/data/dataset.hpp"
#include "util/random.hpp"

namespace hyperlips::training {

/// Base of the data sets of clips. As published, every example draws a clip at random, each equally
/// likely, and an epoch has as many examples as there are clips.
class ClipDataset : public Dataset {
 public:
  std::int64_t epoch() const override { return static_cast<std::int64_t>(clips_.size()); }

  /// Draws again if a file cannot be used. Throws Error{Format} with the last reason after 100
  /// attempts.
  Batch example(std::uint64_t seed, std::int64_t index) const override;

  std::int64_t unreadable() const override { return source_->unreadable(); }

 protected:
  /// `purpose` names the stream of random numbers, one for each kind of data set. Throws
  /// Error{NotFound} without clips.
  ClipDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source, std::string purpose);

  /// An example from this clip. Throws Error{Format} for files that cannot be used.
  virtual Batch draw(const Clip &clip, Random &random) const = 0;

  ClipSource &source() const { return *source_; }

  /// The pictures of `count` successive frames.
  std::vector<cv::Mat> pictures(const Clip &clip, int first, int size,
                                int count = kWindowFrames) const;

  /// The first frame of a random window of `frames` successive frames that starts at `first` ...
  /// `last`. Throws Error{Format} if there is none, which means that the sound is too short.
  int draw_window(const Clip &clip, int first, int last, Random &random,
                  int frames = kWindowFrames) const;

 private:
  std::vector<Clip> clips_;
  std::shared_ptr<ClipSource> source_;
  std::string purpose_;
};

/// The first frame of a random window of `frames` successive frames of the clip with at least
/// `distance` frames between it and each of the windows that start at `others`. If the clip is too
/// short for that, the window that is farthest from them.
int draw_distant_window(const Clip &clip, std::span<const int> others, int frames, int distance,
                        Random &random);

}  // namespace hyperlips::training
