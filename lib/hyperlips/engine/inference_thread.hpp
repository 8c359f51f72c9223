// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <string>

namespace hyperlips {

/// The one thread that computes on a device, for all networks and streams of the process. On the
/// CPU its team of OpenMP threads never changes, which packed weights and reproducible sums depend
/// on.
class InferenceThread {
 public:
  /// The thread of a device ("cpu", "cuda:0"), started on first use; it lives as long as the
  /// process.
  static InferenceThread &of(const std::string &device);

  /// Runs `work` there, in the order of arrival, in inference mode. Blocks; its exception is thrown
  /// here.
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
