// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_dataset.hpp"

#include <algorithm>
#include <cstdlib>

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

std::vector<cv::Mat> ClipDataset::pictures(const Clip &clip, int first, int size, int count) const {
  std::vector<cv::Mat> pictures;
  for (int i = 0; i < count; ++i) pictures.push_back(source_->picture(clip, first + i, size));
  return pictures;
}

int ClipDataset::draw_window(const Clip &clip, int first, int last, Random &random,
                             int frames) const {
  const int count = clip.windows(first, last, frames);
  if (count == 0)
    source_->reject(clip.sound(), quote_path(clip.sound()) + " is too short: it covers no " +
                                      std::to_string(frames) + " successive frames of the clip.");
  return clip.window(first, last, static_cast<int>(random.below(count)), frames);
}

namespace {

/// The window whose least distance to the others is largest.
int farthest_window(const Clip &clip, std::span<const int> others, int frames) {
  const int count = clip.windows(0, kAnyFrame, frames);
  int farthest = others.empty() ? 0 : others.front(), most = -1;
  for (int i = 0; i < count; ++i) {
    const int start = clip.window(0, kAnyFrame, i, frames);
    int least = kAnyFrame;
    for (const int other : others) least = std::min(least, std::abs(start - other));
    if (least > most) most = least, farthest = start;
  }
  return farthest;
}

}  // namespace

int draw_distant_window(const Clip &clip, std::span<const int> others, int frames, int distance,
                        Random &random) {
  std::vector<int> sorted(others.begin(), others.end());
  std::ranges::sort(sorted);
  const int gap = frames + distance;
  // Between the others, the first and last start that is far enough.
  std::vector<FrameRange> rooms;
  int first = 0, all = 0;
  const auto add_room = [&](int last) {
    const int count = first <= last ? clip.windows(first, last, frames) : 0;
    if (count > 0) rooms.push_back({first, count});
    all += count;
  };
  for (const int other : sorted) {
    add_room(other - gap);
    first = std::max(first, other + gap);
  }
  add_room(kAnyFrame);
  if (all == 0) return farthest_window(clip, others, frames);
  int index = static_cast<int>(random.below(all));
  std::size_t room = 0;
  while (index >= rooms[room].count) index -= rooms[room++].count;
  return clip.window(rooms[room].first, kAnyFrame, index, frames);
}

}  // namespace hyperlips::training
