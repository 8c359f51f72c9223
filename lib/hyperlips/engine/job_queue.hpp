// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "hyperlips/engine/network.hpp"

namespace hyperlips {

/// The work of an inference thread. Live streams say when they need a result; that work is done in
/// the order of these times, the work of files when there is nothing else. Thread-safe.
class JobQueue {
 public:
  struct Job {
    std::function<void()> work;
    DueTime due = kNotDue;
  };

  /// Adds a job. One that is not due waits at most as if it were due in a second, so that streams
  /// that use a device all the time cannot keep files from it for ever. `now` is the current time.
  void post(Job job, DueTime now);

  /// Waits for a job and takes the one that is first. Jobs of the same time: first come, first
  /// served.
  Job take();

  /// Takes the job that is due first, if that is before `due`. Does not wait; without such a job it
  /// is only a comparison, so that it can be called between any two operators of a network.
  std::optional<Job> take_before(DueTime due);

 private:
  Job take_first_due();

  std::mutex mutex_;
  std::condition_variable wakeup_;
  std::multimap<DueTime, Job> due_;  ///< equal times in the order of post()
  /// Jobs that are not due, and when they are treated as if they were.
  std::deque<std::pair<DueTime, Job>> others_;
  std::atomic<DueTime> earliest_ = kNotDue;  ///< of due_
};

}  // namespace hyperlips
