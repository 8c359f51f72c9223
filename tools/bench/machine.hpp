// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include "rounds.hpp"

namespace hyperlips::bench {

/// CPU, memory, and the versions of what computes.
json describe_machine();

/// CPU time of processes in seconds.
double cpu_seconds(const rusage &usage);

/// What else the machine does while something is measured.
class LoadMeter {
 public:
  LoadMeter();
  /// The CPU time that others used, in percent of all cores, and what the hypervisor took.
  json read() const;

  /// A child process that runs on, whose CPU time is ours too.
  static void count_child(pid_t child, bool running);

 private:
  json average_;  // of the last minute, at the start
  Clock::time_point start_;
  double busy_, stolen_, own_;  // seconds of CPU time
};

}  // namespace hyperlips::bench
