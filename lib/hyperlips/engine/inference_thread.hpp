// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <future>
#include <string>

#include "hyperlips/engine/job_queue.hpp"

namespace hyperlips {

/// The single thread that starts the computations on a device, for all networks and streams of the
/// process.
class InferenceThread {
 public:
  /// The thread of a device ("cpu", "cuda:0"). Started on first use, never stopped.
  static InferenceThread &of(const std::string &device);

  /// Runs `work`, which must not throw, on the thread, in the order of JobQueue. Does not wait.
  void post(DueTime due, std::function<void()> work);

  /// On an inference thread: if a job is due before the one that calls this, runs it now. Backends
  /// call it between operators or parts of a batch, so that a batch of a file does not hold up a
  /// live stream for its whole length. One job at a time, so that the caller always gets on.
  /// Elsewhere: does nothing.
  static void let_due_job_run();

 private:
  InferenceThread();
  void loop();
  void run_job(const JobQueue::Job &job);

  JobQueue jobs_;
  DueTime running_ = kNotDue;  ///< due time of the job that runs
};

}  // namespace hyperlips
