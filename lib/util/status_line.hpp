// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace hyperlips {

/// Progress output: a bar that is redrawn in place on a terminal, otherwise a line of text at each
/// interval.
class StatusLine {
 public:
  using Clock = std::chrono::steady_clock;

  struct Settings {
    std::string program;               ///< prefix of plain lines, for example "hyperlips-redub"
    bool quiet = false;                ///< write nothing
    int descriptor = 2;                ///< file descriptor to write to: standard error
    std::chrono::seconds interval{5};  ///< between plain lines
    std::function<Clock::time_point()> now = Clock::now;  ///< for tests
  };

  explicit StatusLine(Settings settings);
  /// Clears the bar.
  ~StatusLine();
  StatusLine(const StatusLine &) = delete;
  StatusLine &operator=(const StatusLine &) = delete;

  /// Whether it is time for the next show(): 250 ms after the last one on a terminal, otherwise
  /// `interval`.
  bool due() const;

  /// Shows the current state; with `done` (0 ... 1) preceded by a bar.
  void show(const std::string &text, std::optional<double> done = {});

  /// Prints a line of text that is not overwritten.
  void say(const std::string &line);

 private:
  void write(const std::string &text) const;

  Settings settings_;
  bool terminal_;
  bool bar_shown_ = false;
  Clock::time_point last_;
};

/// A duration as "3:07", "1:02:00" or "2 d 03:00:00".
std::string duration_text(std::chrono::seconds time);

}  // namespace hyperlips
