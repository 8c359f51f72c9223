// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs of hyperlips-redub for tests.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "common/test_media.hpp"

namespace hyperlips::test {

/// The results of a run.
struct RunOutcome {
  int status = -1;  ///< exit status, 128 + number after a signal
  std::string output, error;
  long peak_kib = 0;  ///< resident memory
};

/// A process of hyperlips-redub. It has no terminal and no GST_PLUGIN_PATH: it finds the plugin by
/// itself.
class Redub {
 public:
  /// stdin_file: read as standard input; empty for none, "|" for a pipe that stays open.
  explicit Redub(const std::vector<std::string> &arguments, const std::string &stdin_file = {});
  ~Redub();
  Redub(const Redub &) = delete;
  Redub &operator=(const Redub &) = delete;
  void signal(int number) const;

  /// Writes to the pipe of standard input.
  void write_input(const std::string &data) const;
  /// Whether the process has read all that was written.
  bool input_was_read() const;

  /// Waits until `condition` holds. False if the process ended before. The test's own timeout is
  /// the only limit, so that a slow machine does not matter.
  bool wait_until(const std::function<bool()> &condition) const;

  /// Waits for the end.
  RunOutcome wait();

 private:
  bool running() const;

  TestFolder folder_;
  pid_t process_ = 0;
  int pipe_ = -1;
};

/// Runs it to the end, with the formula model.
RunOutcome redub(std::vector<std::string> arguments, const std::string &stdin_file = {});
/// Appends "--model" and the formula model.
std::vector<std::string> with_model(std::vector<std::string> arguments);

}  // namespace hyperlips::test
