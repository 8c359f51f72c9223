// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/job_queue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace hyperlips {
namespace {

using namespace std::chrono_literals;

constexpr DueTime kStart{1000s};

class JobQueueTest : public testing::Test {
 protected:
  void post(const std::string &name, DueTime due, DueTime now = kStart) {
    queue_.post({[this, name] { order_ += name; }, due}, now);
  }
  /// Runs all jobs and returns their names in order.
  std::string run(int jobs) {
    order_.clear();
    for (int i = 0; i < jobs; ++i) queue_.take().work();
    return order_;
  }

  JobQueue queue_;
  std::string order_;
};

TEST_F(JobQueueTest, EarliestDueFirst) {
  post("c", kStart + 30ms);
  post("a", kStart + 10ms);
  post("b", kStart + 20ms);
  EXPECT_EQ(run(3), "abc");
}

TEST_F(JobQueueTest, SameTimeFirstComeFirstServed) {
  for (const char *name : {"a", "b", "c"}) post(name, kStart);
  EXPECT_EQ(run(3), "abc");
  for (const char *name : {"d", "e", "f"}) post(name, kNotDue);
  EXPECT_EQ(run(3), "def");
}

TEST_F(JobQueueTest, FilesAfterLiveStreams) {
  post("file", kNotDue);
  post("live,", kStart + 40ms);
  EXPECT_EQ(run(2), "live,file");
}

TEST_F(JobQueueTest, FileWaitsASecondAtMost) {
  post("file,", kNotDue, kStart);
  post("early,", kStart + 999ms, kStart + 990ms);
  post("late,", kStart + 1001ms, kStart + 990ms);
  post("second,", kNotDue, kStart + 1s);
  EXPECT_EQ(run(4), "early,file,late,second,");
}

TEST_F(JobQueueTest, TakesOnlyWhatIsDueBefore) {
  EXPECT_FALSE(queue_.take_before(kNotDue));
  post("file", kNotDue, kStart - 10s);
  EXPECT_FALSE(queue_.take_before(kNotDue));
  post("b", kStart + 20ms);
  EXPECT_FALSE(queue_.take_before(kStart + 20ms));
  post("a", kStart + 10ms);
  for (int i = 0; i < 2; ++i) {
    const auto job = queue_.take_before(kNotDue);
    ASSERT_TRUE(job);
    job->work();
  }
  EXPECT_EQ(order_, "ab");
  EXPECT_FALSE(queue_.take_before(kNotDue));
}

TEST_F(JobQueueTest, TakeWaitsForAJob) {
  std::thread other([this] { queue_.take().work(); });
  post("a", kNotDue);
  other.join();
  EXPECT_EQ(order_, "a");
}

}  // namespace
}  // namespace hyperlips
