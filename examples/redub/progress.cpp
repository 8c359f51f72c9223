// SPDX-License-Identifier: LGPL-2.1-or-later
#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace hyperlips::redub {
namespace {

constexpr auto kBarInterval = std::chrono::milliseconds(250);
constexpr auto kLineInterval = std::chrono::seconds(5);
constexpr std::size_t kBarWidth = 24;
constexpr std::size_t kDefaultColumns = 80;

std::size_t terminal_columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kDefaultColumns;
}

}  // namespace

std::string duration_text(std::chrono::seconds time) {
  char text[32];
  const auto total = std::max<long long>(0, time.count());
  if (total < 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld", total / 60, total % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", total / 3600, total / 60 % 60,
                  total % 60);
  }
  return text;
}

Progress::Progress(std::uint64_t expected_frames, bool quiet)
    : expected_(expected_frames), quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (bar_shown_) std::fprintf(stderr, "\r\033[K");
}

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
  if (quiet_) return;
  const auto now = Clock::now();
  if (now - last_ < (terminal_ ? Clock::duration(kBarInterval) : Clock::duration(kLineInterval))) {
    return;
  }
  last_ = now;
  std::string line = text(frames);
  if (!terminal_) {
    std::fprintf(stderr, "hyperlips-redub: %s\n", line.c_str());
    return;
  }
  if (expected_ > 0) {
    const auto filled =
        std::size_t(double(kBarWidth) * double(std::min(frames, expected_)) / double(expected_));
    line = "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "] " + line;
  }
  line.resize(std::min(line.size(), terminal_columns() - 1));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  bar_shown_ = true;
}

void Progress::say(const std::string &line) {
  if (quiet_) return;
  std::fprintf(stderr, "%shyperlips-redub: %s\n", bar_shown_ ? "\r\033[K" : "", line.c_str());
  bar_shown_ = false;
}

}  // namespace hyperlips::redub
