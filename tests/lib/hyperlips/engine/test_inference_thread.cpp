// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/inference_thread.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/ones.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "common/formula_weights.hpp"
#include "common/model_testing.hpp"
#include "hyperlips/engine/eager/folded_layers.hpp"
#include "hyperlips/engine/engine_network.hpp"
#include "hyperlips/engine/short_spinning.hpp"

namespace hyperlips {
namespace {

InferenceThread &inference() { return InferenceThread::of("cpu"); }

/// Runs `step` on the inference thread as a job that is not due, again and again until one that is
/// due has run. Returns whether that job ran before this one had ended.
bool lets_due_job_run(const std::function<void()> &step) {
  std::atomic<bool> live = false;
  std::thread stream;
  const bool seen = inference().run(kNotDue, [&] {
    stream = std::thread([&] { inference().run(DueTime::clock::now(), [&] { live = true; }); });
    // Hangs if the job never runs; the test program has a time limit.
    while (!live) step();
    return live.load();
  });
  stream.join();
  return seen;
}

TEST(InferenceThread, DueJobRunsWithinAnotherJob) {
  EXPECT_TRUE(lets_due_job_run(InferenceThread::let_due_job_run));
}

TEST(InferenceThread, DueJobRunsBetweenOperatorsOfANetwork) {
  const TensorFile file = test::formula_checkpoint("HRDecoder x1");
  NetworkInfo info;
  info.device = "cpu";
  info.precision = Precision::Fp32;
  const GraphWeights weights(file, info);
  const at::Tensor kernel = at::ones({3, 3, 1, 1}), bias = at::ones({3});
  const FoldedConv conv(weights, kernel, bias, {}, Activation::Relu);
  const at::Tensor picture = at::ones({1, 3, 4, 4});
  EXPECT_TRUE(lets_due_job_run([&] { conv(picture); }));
  EXPECT_TRUE(lets_due_job_run([&] { conv(picture, picture); }));
}

TEST(InferenceThread, LaterJobWaits) {
  const DueTime now = DueTime::clock::now();
  std::string order;
  std::thread stream;
  inference().run(now, [&] {
    std::atomic<bool> posting = false;
    stream = std::thread([&] {
      posting = true;
      inference().run(now + std::chrono::seconds(1), [&] { order += "later"; });
    });
    while (!posting) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i) InferenceThread::let_due_job_run();
    order += "first,";
  });
  stream.join();
  EXPECT_EQ(order, "first,later");
}

TEST(InferenceThread, NothingToLetRunElsewhere) { InferenceThread::let_due_job_run(); }

TEST(InferenceThread, RethrowsErrors) {
  const auto fail = [] { throw Error(ErrorKind::Failed, "as expected"); };
  test::expect_error(ErrorKind::Failed, {"as expected"}, [&] { inference().run(kNotDue, fail); });
  test::expect_error(ErrorKind::Failed, {"as expected"}, [&] { inference().run_beside(fail); });
}

TEST(InferenceThread, TeamsHaveTheSameSize) {
  const auto team = [] {
    return std::pair(at::get_num_threads(), c10::InferenceMode::is_enabled());
  };
  const auto expected = inference().run(kNotDue, team);
  EXPECT_TRUE(expected.second);
  EXPECT_EQ(inference().run_beside(team), expected);
}

int spare_threads() {
  int count = 0;
  for (const auto &task : std::filesystem::directory_iterator("/proc/self/task"))
    count += test::read_file(task.path() / "comm") == std::string(kSpareThreadName) + "\n";
  return count;
}

class ShortSpinningDeathTest : public testing::Test {
 protected:
  // A new process for each test, because the threads are started only once.
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(ShortSpinningDeathTest, MoreOpenMpThreadsThanCpus) {
  const auto use = [] {
    unsetenv("OMP_WAIT_POLICY");
    unsetenv("GOMP_SPINCOUNT");
    const int team = inference().run(kNotDue, at::get_num_threads);
    const int wanted = std::max(int(std::thread::hardware_concurrency()) - team, 0) + 2;
    while (spare_threads() < wanted) std::this_thread::yield();
    std::_Exit(0);
  };
  EXPECT_EXIT(use(), testing::ExitedWithCode(0), "");
}

TEST_F(ShortSpinningDeathTest, ObeysTheEnvironment) {
  const auto use = [] {
    setenv("OMP_WAIT_POLICY", "PASSIVE", 1);
    inference().run(kNotDue, [] {});
    std::_Exit(spare_threads());
  };
  EXPECT_EXIT(use(), testing::ExitedWithCode(0), "");
}

TEST(InferenceThread, NetworkIsPreparedWhileAnotherComputes) {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  test::write_formula_checkpoint("HRDecoder x1", path);
  // Would never end if the network were prepared on the thread that this job holds.
  const auto architecture = inference().run(
      kNotDue, [&] { return EngineNetwork(path, "cpu", Precision::Fp32).info().architecture; });
  EXPECT_EQ(architecture, "HRDecoder x1");
}

}  // namespace
}  // namespace hyperlips
