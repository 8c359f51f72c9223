// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace hyperlips::redub {

/// How far the run is, on standard error: a bar on a terminal, else a line every few seconds.
class Progress {
 public:
  /// expected_frames: 0 if unknown.
  Progress(std::uint64_t expected_frames, bool quiet);
  /// Clears the bar.
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  void show(std::uint64_t frames);

  /// A line of text beside the bar.
  void say(const std::string &line);

 private:
  std::string text(std::uint64_t frames) const;

  using Clock = std::chrono::steady_clock;
  std::uint64_t expected_;
  bool quiet_, terminal_;
  bool bar_shown_ = false;
  Clock::time_point start_ = Clock::now(), last_ = start_;
};

/// "3:07" or "1:02:00".
std::string duration_text(std::chrono::seconds time);

}  // namespace hyperlips::redub
