// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "training/distributed/process_group.hpp"

namespace hyperlips::test {

/// How one rank of a run ended.
struct EndedRank {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;
  std::string output;  ///< stdout and stderr
  std::chrono::duration<double> time{};
};

/// Whether this process was started by run_ranks().
bool in_rank();

/// Runs the current test again in `size` processes, one thread each, with the variables of
/// torchrun. A process that has not ended after `limit` is killed.
std::vector<EndedRank> run_ranks(int size, std::chrono::seconds limit = std::chrono::seconds(120));

/// The first line of a test whose rest runs in each of two processes: true in the process that
/// starts them, in which the test fails unless it passed in both. Starting processes takes longer
/// than the tests, so all such tests of a suite run in the same two processes.
bool ran_over_processes();

/// The group of the two processes.
training::ProcessGroup &group();

/// A TCP port of the loopback interface on which nothing listens. While the object exists, the
/// system gives the port to no other socket; one with SO_REUSEADDR, as c10d's, may listen on it.
class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort &) = delete;
  ReservedPort &operator=(const ReservedPort &) = delete;

  int number() const { return number_; }

 private:
  int socket_ = -1, number_ = 0;
};

}  // namespace hyperlips::test
