// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "util/status_line.hpp"

namespace hyperlips::redub {

/// Progress on standard error: a bar on a terminal, else a line every few seconds.
class Progress {
 public:
  /// expected_frames: 0 if unknown.
  Progress(std::uint64_t expected_frames, bool quiet);

  /// `frames`: done so far.
  void show(std::uint64_t frames);

  /// Prints a line that stays.
  void say(const std::string &line) { status_.say(line); }

 private:
  std::string text(std::uint64_t frames) const;

  using Clock = std::chrono::steady_clock;
  std::uint64_t expected_;
  StatusLine status_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace hyperlips::redub
