// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/opening_sampler.hpp"

#include <algorithm>

namespace hyperlips::training {
namespace {

/// The frames nearest to an opening: this many, or this fraction of all if that is more.
constexpr std::size_t kNearest = 8;
constexpr std::size_t kNearestPart = 40;
constexpr std::size_t kCutPart = 50;  // a fiftieth at each end is left out

}  // namespace

OpeningSampler::OpeningSampler(const std::vector<double> &openings) {
  for (std::size_t i = 0; i < openings.size(); ++i) sorted_.push_back({openings[i], i});
  std::ranges::stable_sort(sorted_, {}, &Frame::opening);
  const std::size_t cut = sorted_.size() / kCutPart;
  least_ = sorted_[cut].opening;
  most_ = sorted_[sorted_.size() - 1 - cut].opening;
}

std::size_t OpeningSampler::draw(Random &random) const {
  const double wanted = least_ + (most_ - least_) * random.uniform_double();
  const auto range = std::ranges::equal_range(sorted_, wanted, {}, &Frame::opening);
  const auto place = std::size_t(range.begin() - sorted_.begin());
  const std::size_t nearest = std::max(kNearest, sorted_.size() / kNearestPart);
  // All frames of exactly this opening, and more if they are too few.
  const std::size_t count = std::min(sorted_.size(), std::max(nearest, range.size()));
  const std::size_t more = (count - std::min(count, std::size_t(range.size()))) / 2;
  const std::size_t first = std::min(place > more ? place - more : 0, sorted_.size() - count);
  return sorted_[first + random.below(std::uint64_t{count})].index;
}

}  // namespace hyperlips::training
