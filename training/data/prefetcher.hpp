// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "training/data/dataset.hpp"

namespace hyperlips::training {

struct PrefetchOptions {
  std::uint64_t seed = 0;
  std::int64_t first = 0;  ///< index of the first example of the first batch
  int batch = 1;           ///< examples per batch
  /// Examples from the start of one batch to the start of the next: `batch` times the number of
  /// processes that share the examples. 0: `batch`.
  std::int64_t stride = 0;
  int threads = 2;
  int depth = 2;  ///< batches loaded ahead
  /// For waited(); tests replace it.
  std::function<std::chrono::steady_clock::time_point()> clock = std::chrono::steady_clock::now;
};

/// Loads the batches of a data set in order, ahead of their use, in background threads. Batch k has
/// the examples first + k * stride + 0 ... batch - 1, for any number of threads. Memory: `depth`
/// batches and one example per thread. next() must be called from one thread.
///
///   Prefetcher prefetcher(dataset, {.seed = 1, .batch = 8});
///   const Batch batch = prefetcher.next();
class Prefetcher {
 public:
  /// Throws Error{Settings} for options out of range.
  Prefetcher(std::shared_ptr<const Dataset> dataset, const PrefetchOptions &options);

  /// Waits only for the examples that are being loaded.
  ~Prefetcher();

  /// The next batch. Throws the data set's error for one of its examples, and again at each further
  /// call.
  Batch next();

  /// Total time spent waiting in next(), in seconds.
  double waited() const { return waited_; }

 private:
  /// A batch that is being filled.
  struct Slot {
    Batch batch;
    int done = 0;  ///< examples loaded or failed
    std::exception_ptr error;
  };

  void work(std::stop_token stop);
  void load(Slot &slot, std::int64_t index, int row);
  void put(Slot &slot, const Batch &example, int row);

  const std::shared_ptr<const Dataset> dataset_;
  const PrefetchOptions options_;
  double waited_ = 0;

  std::mutex lock_;  // guards the rest
  std::condition_variable_any room_, filled_;
  std::deque<std::shared_ptr<Slot>> slots_;  // next() returns the oldest
  std::int64_t begun_ = 0;                   // number of slots created
  int next_row_ = 0;                         // of the newest slot
  std::vector<std::jthread> threads_;        // last member: destroyed before the others
};

}  // namespace hyperlips::training
