// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace hyperlips::redub {

/// Notices that nothing has happened for a minute. Time is counted in ticks, so that the time of a
/// stopped process (Ctrl-Z) does not count.
class Watchdog {
 public:
  static constexpr int kTicksPerSecond = 10;
  static constexpr int kTicks = 60 * kTicksPerSecond;

  /// To be called in each tick. `activity` changes when something happens; `excused`: nothing can
  /// happen, because an input, such as a pipe, has no data. Returns whether the time is over.
  bool is_over(std::uint64_t activity, bool excused) {
    idle_ = activity == activity_ && !excused ? idle_ + 1 : 0;
    activity_ = activity;
    return idle_ >= kTicks;
  }

 private:
  std::uint64_t activity_ = 0;
  int idle_ = 0;  ///< ticks since something happened
};

}  // namespace hyperlips::redub
