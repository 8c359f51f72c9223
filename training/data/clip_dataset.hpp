// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "training/data/clip_list.hpp"
#include "training/data/clip_source.hpp"
#include "training/data/dataset.hpp"
#include "util/random.hpp"

namespace hyperlips::training {

/// What the data sets of clips have in common. As published, every example draws its clip anew,
/// each clip equally likely, and an epoch has as many examples as there are clips.
class ClipDataset : public Dataset {
 public:
  std::int64_t epoch() const override { return static_cast<std::int64_t>(clips_.size()); }

  /// Draws again when a file cannot be used; Error{Format} with the last reason after 100 times.
  Batch example(std::uint64_t seed, std::int64_t index) const override;

  std::int64_t unreadable() const override { return source_->unreadable(); }

 protected:
  /// Throws Error{NotFound} when there is no clip. `purpose` keeps the random numbers of different
  /// data sets apart.
  ClipDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source, std::string purpose);

  /// An example of this clip. Throws Error{Format} for what cannot be used.
  virtual Batch draw(const Clip &clip, Random &random) const = 0;

  ClipSource &source() const { return *source_; }

  /// The pictures of kWindowFrames successive frames.
  std::array<cv::Mat, kWindowFrames> pictures(const Clip &clip, int first, int size) const;

  /// The start of a window, among those that start at `first` to `last`. Error{Format} when the
  /// clip, whose sound ends too early, has none.
  int draw_window(const Clip &clip, int first, int last, Random &random) const;

  /// The start of another window of the clip, or the same one in a clip that has no other.
  static int draw_other_window(const Clip &clip, int window, Random &random);

 private:
  std::vector<Clip> clips_;
  std::shared_ptr<ClipSource> source_;
  std::string purpose_;
};

}  // namespace hyperlips::training
