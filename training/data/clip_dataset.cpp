// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_dataset.hpp"

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {

ClipDataset::ClipDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
                         std::string purpose)
    : clips_(std::move(clips)), source_(std::move(source)), purpose_(std::move(purpose)) {
  if (clips_.empty())
    throw Error(ErrorKind::NotFound,
                "The data set has no clips. Training and validation need one usable clip each.");
}

Batch ClipDataset::example(std::uint64_t seed, std::int64_t index) const {
  constexpr int kAttempts = 100;
  Random random(seed, purpose_, static_cast<std::uint64_t>(index));
  std::string reason;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    try {
      return draw(clips_[random.below(clips_.size())], random);
    } catch (const Error &error) {
      if (error.kind() != ErrorKind::Format) throw;
      reason = error.what();
    }
  }
  throw Error(ErrorKind::Format, "No usable example found in " + std::to_string(kAttempts) +
                                     " attempts; " + std::to_string(unreadable()) +
                                     " files cannot be used. Last error: " + reason);
}

std::array<cv::Mat, kWindowFrames> ClipDataset::pictures(const Clip &clip, int first,
                                                         int size) const {
  std::array<cv::Mat, kWindowFrames> pictures;
  for (int i = 0; i < kWindowFrames; ++i) pictures[i] = source_->picture(clip, first + i, size);
  return pictures;
}

int ClipDataset::draw_window(const Clip &clip, int first, int last, Random &random) const {
  const int count = clip.windows(first, last);
  if (count == 0)
    source_->reject(clip.sound(), quote_path(clip.sound()) +
                                      " is too short: it covers no five successive frames "
                                      "of the clip.");
  return clip.window(first, last, static_cast<int>(random.below(count)));
}

int ClipDataset::draw_other_window(const Clip &clip, int window, Random &random) {
  const int count = clip.windows(0, kAnyFrame);
  if (count < 2) return window;
  const int index = static_cast<int>(random.below(count - 1));
  const int start = clip.window(0, kAnyFrame, index);
  return start < window ? start : clip.window(0, kAnyFrame, index + 1);
}

}  // namespace hyperlips::training
