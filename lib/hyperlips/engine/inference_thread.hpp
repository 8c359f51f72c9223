// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <string>

namespace hyperlips {

/// The single thread that computes on a device, for all networks and streams of the process. On the
/// CPU its OpenMP team never changes, which packed weights and reproducible sums require.
class InferenceThread {
 public:
  /// The thread of a device ("cpu", "cuda:0"). Started on first use, never stopped.
  static InferenceThread &of(const std::string &device);

  /// Runs `work` on the thread, first come first served, in inference mode. Blocks until it has run
  /// and rethrows its exception.
  template <typename Work>
  auto run(Work &&work) {
    std::packaged_task<std::invoke_result_t<Work>()> task(std::forward<Work>(work));
    auto result = task.get_future();
    post([&task] { task(); });
    return result.get();
  }

 private:
  InferenceThread();
  void post(std::function<void()> job);
  void loop();

  std::mutex mutex_;
  std::condition_variable wakeup_;
  std::deque<std::function<void()>> jobs_;
};

}  // namespace hyperlips
