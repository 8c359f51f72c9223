// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/sync/sync_offset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace hyperlips::training {
namespace {

std::vector<bool> all(std::int64_t count) { return std::vector<bool>(count, true); }

/// The definition, by loops.
std::optional<SyncOffset> by_loops(const torch::Tensor &lips, const torch::Tensor &sound,
                                   const std::vector<bool> &use, SyncDistance distance,
                                   BeyondSound beyond) {
  const auto a = lips.accessor<float, 2>(), b = sound.accessor<float, 2>();
  const int n = int(std::min(lips.size(0), sound.size(0))), dims = int(lips.size(1));
  SyncOffset best;
  std::vector<double> means;
  for (int ahead = 15; ahead >= -15; --ahead) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < n; ++i) {
      const bool inside = i - ahead >= 0 && i - ahead < n;
      if (!use[i] || (!inside && beyond == BeyondSound::Nothing)) continue;
      double squares = 0, dot = 0, aa = 0, bb = 0;
      for (int d = 0; d < dims; ++d) {
        const double x = a[i][d], y = inside ? b[i - ahead][d] : 0;
        squares += (x - y + 1e-6) * (x - y + 1e-6);
        dot += x * y, aa += x * x, bb += y * y;
      }
      sum += distance == SyncDistance::Euclidean ? std::sqrt(squares)
             : bb == 0                           ? 1
                                                 : 1 - dot / std::sqrt(aa * bb);
      ++count;
    }
    if (count < (beyond == BeyondSound::Nothing ? 5 : 1)) continue;
    means.push_back(sum / count);
    if (means.size() == 1 || means.back() < best.distance)
      best = {ahead, means.back(), 0, std::count(use.begin(), use.begin() + n, true)};
  }
  if (means.empty()) return std::nullopt;
  std::sort(means.begin(), means.end());
  best.confidence = means[means.size() / 2] - best.distance;
  return best;
}

TEST(SyncOffset, MatchesDefinition) {
  torch::manual_seed(1);
  for (const int frames : {40, 12}) {
    const torch::Tensor lips = torch::randn({frames, 8}), sound = torch::randn({frames + 2, 8});
    std::vector<bool> use = all(frames);
    use[3] = use[7] = false;
    for (const auto distance : {SyncDistance::Euclidean, SyncDistance::Cosine}) {
      for (const auto beyond : {BeyondSound::Zeros, BeyondSound::Nothing}) {
        const auto expected = by_loops(lips, sound, use, distance, beyond);
        const auto found = find_sync_offset(lips, sound, use, distance, beyond);
        ASSERT_TRUE(expected && found);
        EXPECT_EQ(found->frames, expected->frames);
        EXPECT_NEAR(found->distance, expected->distance, 1e-6);
        EXPECT_NEAR(found->confidence, expected->confidence, 1e-6);
        EXPECT_EQ(found->windows, frames - 2);
      }
    }
  }
}

TEST(SyncOffset, FindsOffset) {
  torch::manual_seed(2);
  const torch::Tensor common = torch::randn({60, 16});
  const auto search = [](const torch::Tensor &lips, const torch::Tensor &sound) {
    return *find_sync_offset(lips, sound, all(lips.size(0)), SyncDistance::Cosine,
                             BeyondSound::Zeros);
  };
  // Window i of the lips shows what is heard three windows earlier.
  const SyncOffset ahead = search(common.slice(0, 0, 50), common.slice(0, 3, 53));
  EXPECT_EQ(ahead.frames, 3);
  EXPECT_GT(ahead.confidence, 0.5);
  EXPECT_EQ(search(common.slice(0, 5, 50), common.slice(0, 0, 45)).frames, -5);
  EXPECT_EQ(search(common, common).frames, 0);
}

TEST(SyncOffset, ShortClip) {
  torch::manual_seed(3);
  // Everything resembles everything, and is far from zeros.
  const torch::Tensor common = 3 + 0.5 * torch::randn({30, 16});
  const torch::Tensor lips = common.slice(0, 0, 18), sound = common.slice(0, 12, 30);
  const auto search = [&](BeyondSound beyond) {
    return find_sync_offset(lips, sound, all(18), SyncDistance::Cosine, beyond);
  };
  EXPECT_NE(search(BeyondSound::Zeros)->frames, 12);
  EXPECT_EQ(search(BeyondSound::Nothing)->frames, 12);
}

TEST(SyncOffset, NothingWithoutWindows) {
  const torch::Tensor some = torch::ones({20, 4}), few = some.slice(0, 0, 4);
  const auto search = [](const torch::Tensor &x, const std::vector<bool> &use, BeyondSound beyond) {
    return find_sync_offset(x, x, use, SyncDistance::Cosine, beyond);
  };
  EXPECT_FALSE(search(some, std::vector<bool>(20, false), BeyondSound::Zeros));
  EXPECT_TRUE(search(few, all(4), BeyondSound::Zeros));
  EXPECT_FALSE(search(few, all(4), BeyondSound::Nothing));
}

}  // namespace
}  // namespace hyperlips::training
