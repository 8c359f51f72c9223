// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_store.hpp"
#include "training/data/prefetcher.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>

#include <torch/torch.h>

#include "hyperlips/error.hpp"
#include "tests/training/data/generated_clips.hpp"
#include "training/data/base_dataset.hpp"

namespace hyperlips::training {
namespace {

using namespace std::chrono_literals;

/// Examples that say their seed and number.
class Numbers : public Dataset {
 public:
  std::int64_t epoch() const override { return 10; }
  std::int64_t unreadable() const override { return 0; }

  Batch example(std::uint64_t seed, std::int64_t index) const override {
    ++begun;
    std::this_thread::sleep_for(index % 3 * delay);
    if (index == bad) throw Error(ErrorKind::Format, "Example " + std::to_string(index) + ".");
    Batch example;
    example["number"] = torch::full({1}, index, torch::kLong);
    example["values"] = torch::full({2, index == odd ? 4 : 3}, float(seed) + float(index) / 1024);
    if (index == extra) example["more"] = torch::ones({1});
    return example;
  }

  std::chrono::microseconds delay = 300us;
  std::int64_t bad = -1, odd = -1, extra = -1;
  mutable std::atomic<int> begun = 0;
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

TEST(Prefetcher, HandsOutBatchesInOrderHoweverManyThreadsLoad) {
  const auto dataset = std::make_shared<Numbers>();
  for (const int threads : {1, 2, 5})
    for (const int depth : {1, 3}) {
      Prefetcher prefetcher(
          dataset, {.seed = 4, .first = 7, .batch = 3, .threads = threads, .depth = depth});
      for (int k = 0; k < 12; ++k)
        ASSERT_TRUE(same(prefetcher.next(), load_batch(*dataset, 4, 7 + 3 * k, 3)));
    }
}

TEST(Prefetcher, TwoProcessesShareTheExamplesOfOne) {
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

TEST(Prefetcher, LoadsNoFurtherThanItsDepth) {
  const auto dataset = std::make_shared<Numbers>();
  Prefetcher prefetcher(dataset, {.batch = 4, .threads = 3, .depth = 2});
  prefetcher.next();
  for (int i = 0; i < 1000 && dataset->begun < 12; ++i) std::this_thread::sleep_for(10ms);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(dataset->begun, 12);  // the one taken and two ahead
}

TEST(Prefetcher, ErrorsComeFromNextAndStay) {
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

TEST(Prefetcher, ExamplesThatDifferInShapeAreAnError) {
  for (const bool shape : {true, false}) {
    const auto dataset = std::make_shared<Numbers>();
    (shape ? dataset->odd : dataset->extra) = 1;
    Prefetcher prefetcher(dataset, {.batch = 2, .threads = 1});
    EXPECT_THROW(prefetcher.next(), Error);
  }
}

TEST(Prefetcher, StopsAtOnceWithoutBeingUsed) {
  const auto dataset = std::make_shared<Numbers>();
  dataset->delay = 5ms;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    Prefetcher prefetcher(dataset, {.batch = 1000, .threads = 3, .depth = 100});
    if (i % 2) std::this_thread::sleep_for(1ms);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  EXPECT_LT(dataset->begun, 1000);
}

TEST(Prefetcher, TellsHowLongItWaited) {
  const auto dataset = std::make_shared<Numbers>();
  dataset->delay = 20ms;  // 60 ms for three examples
  Prefetcher prefetcher(dataset, {.batch = 3, .threads = 1, .depth = 1});
  prefetcher.next();
  EXPECT_GE(prefetcher.waited(), 0.05);
  std::this_thread::sleep_for(1s);
  const double before = prefetcher.waited();
  prefetcher.next();  // is there by now
  EXPECT_LT(prefetcher.waited() - before, 0.05);
}

TEST(Prefetcher, OptionsOutOfRangeAreRefused) {
  const auto dataset = std::make_shared<Numbers>();
  for (const PrefetchOptions &options : std::vector<PrefetchOptions>{
           {.batch = 0}, {.threads = 0}, {.depth = 0}, {.first = -1}, {.batch = 4, .stride = 3}})
    EXPECT_THROW(Prefetcher(dataset, options), Error);
}

TEST(Prefetcher, LoadsClipsAsOneThreadWould) {
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
