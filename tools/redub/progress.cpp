// SPDX-License-Identifier: LGPL-2.1-or-later
#include "progress.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>

namespace hyperlips::redub {

Progress::Progress(std::uint64_t expected_frames, bool quiet)
    : expected_(expected_frames), status_({.program = "hyperlips-redub", .quiet = quiet}) {}

std::string Progress::text(std::uint64_t frames) const {
  using Seconds = std::chrono::duration<double>;
  const double elapsed = Seconds(Clock::now() - start_).count();
  const double rate = elapsed > 0 ? double(frames) / elapsed : 0;
  char numbers[96];
  if (expected_ == 0) {
    std::snprintf(numbers, sizeof numbers, "%llu frames, %.1f frames/s", (unsigned long long)frames,
                  rate);
    return numbers;
  }
  const std::uint64_t total = std::max(expected_, frames);
  std::snprintf(numbers, sizeof numbers, "%llu of %llu frames, %.1f frames/s",
                (unsigned long long)frames, (unsigned long long)total, rate);
  std::string line = numbers;
  if (rate > 0) {
    const auto left = std::chrono::seconds(std::int64_t(double(total - frames) / rate + 0.5));
    line += ", " + duration_text(left) + " left";
  }
  return line;
}

void Progress::show(std::uint64_t frames) {
  if (!status_.due()) return;
  std::optional<double> done;
  if (expected_ > 0) done = double(std::min(frames, expected_)) / double(expected_);
  status_.show(text(frames), done);
}

}  // namespace hyperlips::redub
