// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "training/distributed/process_group.hpp"

namespace hyperlips::test {

/// How one of several processes ended.
struct EndedRank {
  int exit_code = -1;  ///< -1 when a signal ended it
  int signal = 0;
  std::string output;  ///< stdout and stderr
  std::chrono::duration<double> time{};
};

/// Whether this process is one of those that run_ranks() started.
bool in_rank();

/// Runs the current test again in `size` processes, one thread each, with torchrun's variables. A
/// process that has not ended after `limit` is killed.
std::vector<EndedRank> run_ranks(int size, std::chrono::seconds limit = std::chrono::seconds(120));

/// The first line of a test whose rest runs in each of two processes: true in the process that
/// started them, as failure unless the test passed in both. Starting processes takes longer than
/// the tests, so all tests of a suite that begin like this run in the same two.
bool ran_over_processes();

/// What connects the two.
training::ProcessGroup &group();

/// A TCP port of this machine that nobody listens on.
int free_port();

}  // namespace hyperlips::test
