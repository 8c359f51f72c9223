// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/workers.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace hyperlips {

Workers::Workers(int threads) {
  if (threads <= 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  for (int i = 1; i < threads; ++i) {
    threads_.emplace_back([this] {
      std::unique_lock lock(mutex_);
      while (true) {
        begin_.wait(lock, [this] { return stop_ || next_ < parts_; });
        if (stop_) return;
        take_parts(lock);
      }
    });
  }
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  begin_.notify_all();
  for (std::thread &thread : threads_) thread.join();
}

void Workers::take_parts(std::unique_lock<std::mutex> &lock) {
  while (next_ < parts_) {
    const int part = next_++;
    ++busy_;
    lock.unlock();
    std::exception_ptr error;
    try {
      (*work_)(part);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    if (error && !error_) error_ = error;
    if (--busy_ == 0 && next_ >= parts_) end_.notify_all();
  }
}

void Workers::run(int parts, const std::function<void(int)> &work) {
  std::unique_lock lock(mutex_);
  work_ = &work;
  next_ = 0;
  parts_ = parts;
  begin_.notify_all();
  take_parts(lock);
  end_.wait(lock, [this] { return busy_ == 0; });
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

}  // namespace hyperlips
