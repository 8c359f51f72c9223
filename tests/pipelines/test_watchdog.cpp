// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "tools/redub/watchdog.hpp"

namespace hyperlips::redub {
namespace {

constexpr int kMinute = Watchdog::kTicks;

/// Ticks, all alike, until the time is over; at most two minutes.
int ticks_until_over(Watchdog &watchdog, std::uint64_t activity, bool excused) {
  for (int tick = 1; tick <= 2 * kMinute; ++tick) {
    if (watchdog.is_over(activity, excused)) return tick;
  }
  return 0;
}

TEST(Watchdog, EndsAMinuteWithoutProgress) {
  Watchdog watchdog;
  EXPECT_FALSE(watchdog.is_over(7, false));
  EXPECT_EQ(ticks_until_over(watchdog, 7, false), kMinute);
}

TEST(Watchdog, ProgressStartsAnotherMinute) {
  Watchdog watchdog;
  for (std::uint64_t frame = 1; frame < 5; ++frame) {
    for (int tick = 0; tick < kMinute; ++tick) ASSERT_FALSE(watchdog.is_over(frame, false));
  }
  EXPECT_EQ(ticks_until_over(watchdog, 4, false), 1);
}

TEST(Watchdog, WaitsForAnInputForEver) {
  Watchdog watchdog;
  EXPECT_EQ(ticks_until_over(watchdog, 3, true), 0);
  EXPECT_EQ(ticks_until_over(watchdog, 3, false), kMinute);
}

}  // namespace
}  // namespace hyperlips::redub
