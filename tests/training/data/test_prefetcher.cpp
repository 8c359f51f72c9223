// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_store.hpp"
#include "training/data/prefetcher.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <functional>
#include <set>

#include <torch/torch.h>

#include "hyperlips/error.hpp"
#include "tests/training/data/generated_clips.hpp"
#include "training/data/base_dataset.hpp"

namespace hyperlips::training {
namespace {

using namespace std::chrono_literals;

/// Examples that hold their seed and index.
class Numbers : public Dataset {
 public:
  std::int64_t epoch() const override { return 10; }
  std::int64_t unreadable() const override { return 0; }

  Batch example(std::uint64_t seed, std::int64_t index) const override {
    if (++begun > allowed) exceeded = true;
    begun.notify_all();
    if (on_load) on_load(index);
    std::this_thread::sleep_for(index % 3 * delay);  // so that threads finish in another order
    if (index == bad) throw Error(ErrorKind::Format, "Example " + std::to_string(index) + ".");
    Batch example;
    example["number"] = torch::full({1}, index, torch::kLong);
    example["values"] = torch::full({2, index == odd ? 4 : 3}, float(seed) + float(index) / 1024);
    if (index == extra) example["more"] = torch::ones({1});
    return example;
  }

  /// Waits until the loading of this many examples has begun.
  void wait_for(int count) const {
    for (int now = begun; now < count; now = begun) begun.wait(now);
  }

  std::chrono::microseconds delay = 300us;
  std::int64_t bad = -1, odd = -1, extra = -1;
  std::function<void(std::int64_t index)> on_load;
  mutable std::atomic<int> begun = 0, allowed = INT_MAX;
  mutable std::atomic<bool> exceeded = false;
};

std::vector<std::int64_t> numbers(const Batch &batch) {
  const auto flat = batch.at("number").flatten().contiguous();
  return {flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel()};
}

bool same(const Batch &a, const Batch &b) {
  bool equal = a.size() == b.size();
  for (const auto &[name, tensor] : a) equal = equal && torch::equal(tensor, b.at(name));
  return equal;
}

TEST(Prefetcher, BatchesInOrderForAnyThreadCount) {
  const auto dataset = std::make_shared<Numbers>();
  for (const int threads : {1, 2, 5})
    for (const int depth : {1, 3}) {
      Prefetcher prefetcher(
          dataset, {.seed = 4, .first = 7, .batch = 3, .threads = threads, .depth = depth});
      for (int k = 0; k < 12; ++k)
        ASSERT_TRUE(same(prefetcher.next(), load_batch(*dataset, 4, 7 + 3 * k, 3)));
    }
}

TEST(Prefetcher, StrideSplitsExamplesBetweenProcesses) {
  const auto dataset = std::make_shared<Numbers>();
  Prefetcher one(dataset, {.batch = 4});
  Prefetcher first(dataset, {.first = 0, .batch = 2, .stride = 4});
  Prefetcher second(dataset, {.first = 2, .batch = 2, .stride = 4});
  for (int k = 0; k < 6; ++k) {
    const Batch whole = one.next(), a = first.next(), b = second.next();
    EXPECT_TRUE(torch::equal(whole.at("values"), torch::cat({a.at("values"), b.at("values")})));
    EXPECT_EQ(numbers(b), (std::vector<std::int64_t>{4 * k + 2, 4 * k + 3}));
  }
}

TEST(Prefetcher, LoadsAtMostDepthBatchesAhead) {
  constexpr int kBatch = 4, kDepth = 2;
  const auto dataset = std::make_shared<Numbers>();
  dataset->delay = 50us;
  dataset->allowed = kDepth * kBatch;
  Prefetcher prefetcher(dataset, {.batch = kBatch, .threads = 3, .depth = kDepth});
  for (int taken = 0; taken < 50; ++taken) {
    dataset->wait_for((taken + kDepth) * kBatch);
    dataset->allowed += kBatch;
    prefetcher.next();
  }
  EXPECT_FALSE(dataset->exceeded);
}

TEST(Prefetcher, NextRepeatsErrors) {
  const auto dataset = std::make_shared<Numbers>();
  dataset->bad = 5;
  Prefetcher prefetcher(dataset, {.batch = 2, .threads = 2, .depth = 3});
  EXPECT_EQ(numbers(prefetcher.next()), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(numbers(prefetcher.next()), (std::vector<std::int64_t>{2, 3}));
  for (int i = 0; i < 2; ++i) {
    try {
      prefetcher.next();
      ADD_FAILURE() << "no error";
    } catch (const Error &error) {
      EXPECT_STREQ(error.what(), "Example 5.");
    }
  }
}

TEST(Prefetcher, RejectsDifferentShapes) {
  for (const bool shape : {true, false}) {
    const auto dataset = std::make_shared<Numbers>();
    (shape ? dataset->odd : dataset->extra) = 1;
    Prefetcher prefetcher(dataset, {.batch = 2, .threads = 1});
    EXPECT_THROW(prefetcher.next(), Error);
  }
}

TEST(Prefetcher, StopsWithoutLoadingTheRest) {
  constexpr int kBatch = 1000, kDepth = 100;
  for (int begun = 0; begun < 20; ++begun) {
    const auto dataset = std::make_shared<Numbers>();
    dataset->delay = 1ms;
    {
      Prefetcher prefetcher(dataset, {.batch = kBatch, .threads = 3, .depth = kDepth});
      dataset->wait_for(begun);
    }
    EXPECT_LT(dataset->begun, kBatch * kDepth);
  }
}

/// A clock that the test advances.
class TestClock {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Time now() {
    const Time time(milliseconds_.load() * 1ms);
    ++reads_;
    reads_.notify_all();
    return time;
  }
  void advance(int milliseconds) { milliseconds_ += milliseconds; }
  void wait_for_read() const { reads_.wait(0); }

 private:
  std::atomic<int> reads_ = 0, milliseconds_ = 0;
};

TEST(Prefetcher, MeasuresTimeInNext) {
  TestClock clock;
  const auto dataset = std::make_shared<Numbers>();
  dataset->on_load = [&clock](std::int64_t index) {
    if (index >= 3) return;
    clock.wait_for_read();  // next() is waiting
    clock.advance(20);
  };
  Prefetcher prefetcher(
      dataset, {.batch = 3, .threads = 1, .depth = 1, .clock = [&clock] { return clock.now(); }});
  prefetcher.next();
  EXPECT_NEAR(prefetcher.waited(), 0.06, 1e-9);
  clock.advance(1000);  // between the calls
  prefetcher.next();
  EXPECT_NEAR(prefetcher.waited(), 0.06, 1e-9);
}

TEST(Prefetcher, RejectsInvalidOptions) {
  const auto dataset = std::make_shared<Numbers>();
  for (const PrefetchOptions &options : std::vector<PrefetchOptions>{
           {.batch = 0}, {.threads = 0}, {.depth = 0}, {.first = -1}, {.batch = 4, .stride = 3}})
    EXPECT_THROW(Prefetcher(dataset, options), Error);
}

TEST(Prefetcher, ClipsEqualSingleThreadedLoading) {
  const test::TemporaryFolder folder;
  test::write_numbered_pictures(folder / "imgs/s/1", 1, 0, 30);
  test::write_noise(folder / "imgs/s/1", 1.2);
  const auto clips = list_clips(folder.path(), {}).train;
  const auto dataset = std::make_shared<BaseDataset>(clips, std::make_shared<ClipStore>());
  const BaseDataset alone(clips, std::make_shared<ClipStore>());
  Prefetcher prefetcher(dataset, {.seed = 2, .batch = 3, .threads = 3});
  for (int k = 0; k < 4; ++k) EXPECT_TRUE(same(prefetcher.next(), load_batch(alone, 2, 3 * k, 3)));
}

}  // namespace
}  // namespace hyperlips::training
