// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "rounds.hpp"

namespace hyperlips::bench {

/// How a program ended, and what it took.
struct ProgramRun {
  int exit_code = 0;  ///< -1 after a signal
  double seconds = 0, cpu_seconds = 0;
  double peak_mb = 0;  ///< most memory in use at a time
};

/// Runs a program to its end. Its output, also of errors, goes to the file `output`. Throws
/// Error{Failed} if it cannot be started.
ProgramRun run_program(const std::vector<std::string> &arguments,
                       const std::filesystem::path &output);

/// A program that writes a line of JSON when it has started, and one for each line that it reads.
/// It ends with this object. All functions throw Error{Failed} if it cannot be started, has ended,
/// or writes {"error": ...}.
class JsonProgram {
 public:
  /// Starts it without the variables that keep OpenMP's threads from spinning, so that it runs as
  /// it would alone.
  explicit JsonProgram(const std::vector<std::string> &arguments);
  ~JsonProgram();
  JsonProgram(const JsonProgram &) = delete;
  JsonProgram &operator=(const JsonProgram &) = delete;

  /// The next line that it writes.
  json answer();
  json ask(const json &question);

 private:
  std::string name_;
  pid_t id_ = 0;
  std::FILE *to_ = nullptr, *from_ = nullptr;
};

}  // namespace hyperlips::bench
