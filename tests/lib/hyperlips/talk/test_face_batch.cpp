// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "hyperlips/talk/face_batch.hpp"

namespace hyperlips {
namespace {

/// Returns each input plus one, from another thread.
class SlowNetwork : public Network {
 public:
  SlowNetwork() {
    info_.inputs = {{"face", {1, 1, 3}, true}};
    info_.outputs = {{"output", {1, 1, 3}, true}};
  }
  ~SlowNetwork() override {
    for (auto &thread : threads_) thread.join();
  }
  const NetworkInfo &info() const override { return info_; }
  std::future<void> submit(int batch, NetworkInputs inputs, NetworkOutputs outputs,
                           DueTime due) override {
    batches.push_back(batch);
    dues.push_back(due);
    std::promise<void> done;
    auto result = done.get_future();
    threads_.emplace_back(
        [this, in = inputs[0], out = outputs[0], done = std::move(done), fails = fails]() mutable {
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          for (std::size_t i = 0; i < in.size(); ++i) out[i] = std::byte(int(in[i]) + 1);
          ++finished;
          if (fails) {
            done.set_exception(std::make_exception_ptr(std::runtime_error("no")));
          } else {
            done.set_value();
          }
        });
    return result;
  }
  void warm_up(int) override {}

  bool fails = false;
  std::vector<int> batches;
  std::vector<DueTime> dues;
  std::atomic<int> finished = 0;

 private:
  NetworkInfo info_;
  std::vector<std::thread> threads_;
};

void add(FaceBatch &batch, int value, DueTime due = kNotDue) {
  batch.add(due, [&](FaceBatch::Inputs inputs) {
    ASSERT_EQ(inputs.size(), 1u);
    ASSERT_EQ(inputs[0].size(), 3u);
    std::ranges::fill(inputs[0], std::byte(value));
  });
}

TEST(FaceBatch, SubmitsEachPartAsSoonAsItIsComplete) {
  SlowNetwork network;
  FaceBatch batch(network, 2);
  for (int i = 0; i < 5; ++i) {
    add(batch, 10 * i);
    EXPECT_EQ(network.batches.size(), std::size_t(i + 1) / 2);
  }
  batch.finish();
  EXPECT_EQ(network.batches, (std::vector{2, 2, 1}));
  for (int i = 0; i < 5; ++i) {
    const auto output = batch.output(std::size_t(i));
    ASSERT_EQ(output.size(), 3u);
    for (const std::byte value : output) EXPECT_EQ(int(value), 10 * i + 1);
  }
  EXPECT_GE(batch.time(), std::chrono::milliseconds(20));
}

TEST(FaceBatch, EarliestDueTimeCounts) {
  SlowNetwork network;
  FaceBatch batch(network, 2);
  const DueTime early{std::chrono::seconds(3)}, later{std::chrono::seconds(4)};
  add(batch, 1, later);
  add(batch, 2, early);
  add(batch, 3);
  batch.finish();
  EXPECT_EQ(network.dues, (std::vector{early, kNotDue}));
}

TEST(FaceBatch, EmptyBatchSubmitsNothing) {
  SlowNetwork network;
  FaceBatch batch(network, 2);
  batch.finish();
  EXPECT_TRUE(network.batches.empty());
}

TEST(FaceBatch, WaitsForAllPartsWhenOneFails) {
  SlowNetwork network;
  network.fails = true;
  {
    FaceBatch batch(network, 1);
    for (int i = 0; i < 3; ++i) add(batch, i);
    EXPECT_THROW(batch.finish(), std::runtime_error);
  }
  EXPECT_EQ(network.finished, 3);
}

TEST(FaceBatch, WaitsForSubmittedPartsWhenItIsDropped) {
  SlowNetwork network;
  {
    FaceBatch batch(network, 1);
    add(batch, 1);
    EXPECT_THROW(batch.add(kNotDue, [](FaceBatch::Inputs) { throw std::runtime_error("no"); }),
                 std::runtime_error);
  }
  EXPECT_EQ(network.finished, 1);
}

}  // namespace
}  // namespace hyperlips
