// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tests of hyperlips-redub share: runs of the tool.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "common/test_media.hpp"

namespace hyperlips::test {

/// A finished or running hyperlips-redub. No output on a terminal, no GST_PLUGIN_PATH: it finds the
/// plugin by itself.
struct RunOutcome {
  int status = -1;  ///< exit status, 128 + number after a signal
  std::string output, error;
  long peak_kib = 0;  ///< resident memory
};
class Redub {
 public:
  /// stdin_file: what standard input reads; empty for nothing at all, "|" for a pipe that stays
  /// open.
  explicit Redub(const std::vector<std::string> &arguments, const std::string &stdin_file = {});
  ~Redub();
  Redub(const Redub &) = delete;
  Redub &operator=(const Redub &) = delete;
  void signal(int number) const;
  RunOutcome wait();

 private:
  TestFolder folder_;
  pid_t process_ = 0;
  int pipe_ = -1;
};

/// With the formula model.
RunOutcome redub(std::vector<std::string> arguments, const std::string &stdin_file = {});
/// "--model" and the formula model.
std::vector<std::string> with_model(std::vector<std::string> arguments);

/// Waits until `condition` holds, for a minute at most.
bool wait_until(const std::function<bool()> &condition);

}  // namespace hyperlips::test
