// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/sync_measures.hpp"

#include <gtest/gtest.h>

namespace hyperlips::training {
namespace {

TEST(SyncTicks, InterpolateOnlyShortGaps) {
  std::vector<TimedBox> track;
  for (int i = 0; i < 100; ++i) track.push_back({i / 50.0, {}});  // 50 frames per second
  track[10].box = Box{0, 0, 10, 10};
  track[14].box = Box{4, 0, 14, 10};
  const SyncTicks ticks = sync_ticks(track);
  ASSERT_EQ(ticks.frames.size(), 50u);  // 0 ... 1.98 s
  EXPECT_EQ(ticks.frames[7], 14u);
  EXPECT_EQ(ticks.boxes[0], (Box{0, 0, 10, 10}));
  EXPECT_EQ(ticks.boxes[6], (Box{2, 0, 12, 10}));
  EXPECT_EQ(ticks.boxes[49], (Box{4, 0, 14, 10}));
  EXPECT_TRUE(ticks.near_face[7 + 25]);
  EXPECT_FALSE(ticks.near_face[7 + 26]);
  EXPECT_TRUE(sync_ticks({{0, {}}, {0.04, {}}}).frames.empty());
}

TEST(SyncTicks, RepeatFramesOfLowRates) {
  const SyncTicks ticks =
      sync_ticks({{0, Box{0, 0, 8, 8}}, {0.1, Box{0, 0, 8, 8}}, {0.2, Box{0, 0, 8, 8}}});
  EXPECT_EQ(ticks.frames, (std::vector<std::size_t>{0, 0, 1, 1, 2, 2}));
}

}  // namespace
}  // namespace hyperlips::training
