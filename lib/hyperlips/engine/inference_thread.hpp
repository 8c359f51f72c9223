// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <future>
#include <string>

#include "hyperlips/engine/job_queue.hpp"

namespace hyperlips {

/// The single thread that computes on a device, for all networks and streams of the process. On the
/// CPU its OpenMP team never changes, which packed weights and reproducible sums require.
class InferenceThread {
 public:
  /// The thread of a device ("cpu", "cuda:0"). Started on first use, never stopped.
  static InferenceThread &of(const std::string &device);

  /// Runs `work` on the thread, in the order of JobQueue, in inference mode. Blocks until it has
  /// run and rethrows its exception.
  template <typename Work>
  auto run(DueTime due, Work &&work) {
    std::packaged_task<std::invoke_result_t<Work>()> task(std::forward<Work>(work));
    auto result = task.get_future();
    jobs_.post({[&task] { task(); }, due}, DueTime::clock::now());
    return result.get();
  }

  /// On an inference thread: if a job is due before the one that calls this, runs it now. Networks
  /// call it between operators, so that a batch of a file does not hold up a live stream for its
  /// whole length. One job at a time, so that the caller always gets on. Elsewhere: does nothing.
  static void let_due_job_run();

  /// Runs `work` on a new thread with a team of the same size, in inference mode, and rethrows its
  /// exception: for preparing a network while others compute.
  template <typename Work>
  auto run_beside(Work &&work) {
    std::packaged_task<std::invoke_result_t<Work>()> task(std::forward<Work>(work));
    auto result = task.get_future();
    beside([&task] { task(); });
    return result.get();
  }

 private:
  InferenceThread();
  void loop();
  void beside(const std::function<void()> &work);
  void run_job(const JobQueue::Job &job);

  JobQueue jobs_;
  DueTime running_ = kNotDue;  ///< due time of the job that runs
  std::promise<int> started_;
  std::shared_future<int> team_size_{started_.get_future()};
};

}  // namespace hyperlips
