// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace hyperlips {

/// A fixed pool of threads that run the parts of one task in parallel.
class Workers {
 public:
  /// `threads` includes the calling thread; 0 means one per core.
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers &) = delete;
  Workers &operator=(const Workers &) = delete;

  int count() const { return static_cast<int>(threads_.size()) + 1; }
  /// Calls `work` with 0 ... parts - 1 in any order and returns when all calls have returned.
  /// Rethrows the first exception.
  void run(int parts, const std::function<void(int)> &work);

 private:
  void take_parts(std::unique_lock<std::mutex> &lock);

  std::mutex mutex_;
  std::condition_variable begin_, end_;
  const std::function<void(int)> *work_ = nullptr;
  int next_ = 0, parts_ = 0, busy_ = 0;
  bool stop_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

}  // namespace hyperlips
