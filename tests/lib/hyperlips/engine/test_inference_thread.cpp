// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/inference_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace hyperlips {
namespace {

InferenceThread &inference() { return InferenceThread::of("cpu"); }

/// Runs `work` on the inference thread and waits.
void run(DueTime due, const std::function<void()> &work) {
  std::promise<void> done;
  inference().post(due, [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

TEST(InferenceThread, OneThreadForEachDevice) {
  std::thread::id first, second, other;
  run(kNotDue, [&] { first = std::this_thread::get_id(); });
  run(kNotDue, [&] { second = std::this_thread::get_id(); });
  EXPECT_EQ(first, second);
  EXPECT_NE(first, std::this_thread::get_id());
  EXPECT_NE(&inference(), &InferenceThread::of("cuda:0"));
}

TEST(InferenceThread, DueJobRunsWithinAnotherJob) {
  std::atomic<bool> live = false;
  run(kNotDue, [&] {
    inference().post(DueTime::clock::now(), [&] { live = true; });
    EXPECT_FALSE(live);
    InferenceThread::let_due_job_run();
    EXPECT_TRUE(live);
  });
}

TEST(InferenceThread, LaterJobWaits) {
  const DueTime now = DueTime::clock::now();
  std::string order;
  std::promise<void> done;
  run(now, [&] {
    inference().post(now + std::chrono::seconds(1), [&] {
      order += "later";
      done.set_value();
    });
    InferenceThread::let_due_job_run();
    order += "first,";
  });
  done.get_future().wait();
  EXPECT_EQ(order, "first,later");
}

TEST(InferenceThread, NothingToLetRunElsewhere) { InferenceThread::let_due_job_run(); }

}  // namespace
}  // namespace hyperlips
