// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace hyperlips {

/// What a program wrote to its standard output, and how it ended.
struct ChildOutput {
  std::vector<char> bytes;
  /// -1 after a signal; nothing if the process that called ignores SIGCHLD.
  std::optional<int> exit_code;
};

/// Runs the program `arguments[0]` (a path) and collects its output. Thread-safe. Throws
/// Error{Failed} that names the program if it cannot be started, or if it neither writes nor ends
/// for the time `patience`; it is killed then.
ChildOutput run_child(const std::vector<std::string> &arguments,
                      std::chrono::milliseconds patience);

}  // namespace hyperlips
