// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "training/data/dataset.hpp"

namespace hyperlips::training {

struct PrefetchOptions {
  std::uint64_t seed = 0;
  std::int64_t first = 0;  ///< the first batch's first example
  int batch = 1;           ///< examples in a batch
  /// Examples from the start of one batch to that of the next: with many processes that share the
  /// examples, their number times `batch`. 0: `batch`.
  std::int64_t stride = 0;
  int threads = 2;
  int depth = 2;  ///< batches that are loaded ahead
};

/// Loads the batches of a data set in order, ahead of their use, with threads of its own. Batch k
/// holds the examples first + k * stride + 0 ... batch - 1, however many threads load them. Memory:
/// `depth` batches and one example for each thread. next() is for one thread.
class Prefetcher {
 public:
  /// Throws Error{Settings} for options that are out of range.
  Prefetcher(std::shared_ptr<const Dataset> dataset, const PrefetchOptions &options);

  /// Waits for the examples that are being loaded, and for no others.
  ~Prefetcher();

  /// The next batch. Throws what the data set threw for one of its examples, and again at the next
  /// call.
  Batch next();

  /// Seconds that next() has waited for examples, in all.
  double waited() const { return waited_; }

 private:
  /// A batch that is being filled.
  struct Slot {
    Batch batch;
    int done = 0;  ///< examples that were put into it, or failed
    std::exception_ptr error;
  };

  void work(std::stop_token stop);
  void load(Slot &slot, std::int64_t index, int row);
  void put(Slot &slot, const Batch &example, int row);

  const std::shared_ptr<const Dataset> dataset_;
  const PrefetchOptions options_;
  double waited_ = 0;

  std::mutex lock_;  // of all below
  std::condition_variable_any room_, filled_;
  std::deque<std::shared_ptr<Slot>> slots_;  // the oldest is the next to be handed out
  std::int64_t begun_ = 0;                   // batches that have had a slot
  int next_row_ = 0;                         // of the newest slot
  std::vector<std::jthread> threads_;        // last: they end before what they use
};

}  // namespace hyperlips::training
