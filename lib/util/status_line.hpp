// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace hyperlips {

/// How far a program is: a bar that is drawn anew on a terminal, else a line now and then.
class StatusLine {
 public:
  struct Settings {
    std::string program;               ///< begins each plain line: "hyperlips-redub"
    bool quiet = false;                ///< nothing is written
    int descriptor = 2;                ///< standard error
    std::chrono::seconds interval{5};  ///< between plain lines
  };

  explicit StatusLine(Settings settings);
  /// Clears the bar.
  ~StatusLine();
  StatusLine(const StatusLine &) = delete;
  StatusLine &operator=(const StatusLine &) = delete;

  /// Whether enough time has passed since the last show().
  bool due() const;

  /// The state now; `done` (0 to 1) draws a bar before it.
  void show(const std::string &text, std::optional<double> done = {});

  /// A line of text that stays.
  void say(const std::string &line);

 private:
  void write(const std::string &text) const;

  using Clock = std::chrono::steady_clock;
  Settings settings_;
  bool terminal_;
  bool bar_shown_ = false;
  Clock::time_point last_ = Clock::now();
};

/// "3:07", "1:02:00", "2 d 03:00:00".
std::string duration_text(std::chrono::seconds time);

}  // namespace hyperlips
