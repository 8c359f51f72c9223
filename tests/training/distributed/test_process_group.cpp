// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <ATen/ATen.h>

#include <thread>

#include "hyperlips/error.hpp"
#include "ranks.hpp"
#include "training/distributed/process_group.hpp"

namespace hyperlips::training {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// The message of the Error that ends a long row of sums.
std::string message_of_loss(ProcessGroup &group) {
  at::Tensor values = at::full({1000}, 1.0);
  try {
    for (int i = 0; i < 1000; ++i) {
      group.all_reduce(values);
      values.fill_(1);
      std::this_thread::sleep_for(100ms);
    }
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

#define EXPECT_CONTAINS(text, part) \
  EXPECT_NE((text).find(part), std::string::npos) << "\"" << (text) << "\""

TEST(ProcessGroup, NoEffectWithOneProcess) {
  ProcessGroup group{Launch()};
  at::Tensor values = at::arange(3);
  group.all_reduce(values);
  group.all_reduce_async(values).wait();
  group.broadcast(values);
  group.barrier();
  group.check();
  EXPECT_TRUE(values.equal(at::arange(3)));
  EXPECT_EQ(group.size(), 1);
}

TEST(ProcessGroup, AllReduceSums) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  at::Tensor values = at::arange(5, at::kFloat) + 10 * group.rank();
  group.all_reduce(values);
  EXPECT_TRUE(values.equal(at::arange(5, at::kFloat) * 2 + 10));
  at::Tensor precise = at::full({1}, 1e-12 * (group.rank() + 1), at::kDouble) + 1;
  group.all_reduce(precise);
  EXPECT_NEAR(precise.item<double>() - 2, 3e-12, 1e-14);
}

TEST(ProcessGroup, Broadcast) {
  if (test::ran_over_processes()) return;
  for (const int root : {0, 1}) {
    at::Tensor words = at::full({2, 2}, test::group().rank() + 7, at::kLong);
    test::group().broadcast(words, root);
    EXPECT_TRUE(words.equal(at::full({2, 2}, root + 7, at::kLong)));
  }
}

TEST(ProcessGroup, ManyPendingSums) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  std::vector<at::Tensor> tensors;
  std::vector<ProcessGroup::Pending> sums;
  for (int i = 0; i < 20; ++i) {
    tensors.push_back(at::full({100 * i + 1}, i + 100 * group.rank(), at::kFloat));
    sums.push_back(group.all_reduce_async(tensors.back()));
  }
  for (int i = 19; i >= 0; --i) {
    sums[i].wait();
    EXPECT_TRUE(tensors[i].equal(at::full({100 * i + 1}, 2 * i + 100, at::kFloat))) << i;
  }
}

TEST(ProcessGroup, BarrierWaitsForAll) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  group.barrier();
  const auto begin = Clock::now();
  if (group.rank() == 1) std::this_thread::sleep_for(500ms);
  group.barrier();
  EXPECT_GE(Clock::now() - begin, 400ms);
}

TEST(ProcessGroup, RejectsNonContiguousTensor) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  at::Tensor columns = at::zeros({4, 4}).slice(1, 0, 2);
  EXPECT_THROW(group.all_reduce(columns), Error);
}

// Rank 0 leaves first, although the others meet through it, and they leave without an error.
TEST(LeavingRank, AnyOrder) {
  if (!test::in_rank()) {
    for (const auto &rank : test::run_ranks(3)) EXPECT_EQ(rank.exit_code, 0) << rank.output;
    return;
  }
  ProcessGroup group(launch_from_environment());
  at::Tensor sum = at::full({1}, group.rank() + 1, at::kFloat);
  group.all_reduce(sum);
  EXPECT_EQ(sum.item<float>(), 6);
  std::this_thread::sleep_for(1200ms * group.rank());
  EXPECT_NO_THROW(group.check());
}

class KilledRank : public ::testing::TestWithParam<int> {};

TEST_P(KilledRank, OthersThrow) {
  const int killed = GetParam();
  if (!test::in_rank()) {
    const auto ranks = test::run_ranks(2);
    EXPECT_EQ(ranks[killed].signal, SIGKILL) << ranks[killed].output;
    EXPECT_EQ(ranks[1 - killed].exit_code, 0) << ranks[1 - killed].output;
    EXPECT_LT(ranks[1 - killed].time - ranks[killed].time, 30s);
    return;
  }
  std::string message;
  {
    ProcessGroup group(launch_from_environment());
    group.barrier();
    if (group.rank() == killed) raise(SIGKILL);
    message = message_of_loss(group);
  }
  EXPECT_CONTAINS(message, "another rank is lost");
  EXPECT_CONTAINS(message, "checkpoint");
}

INSTANTIATE_TEST_SUITE_P(EitherRank, KilledRank, ::testing::Values(0, 1));

TEST(LeavingRank, FrozenRankIsDetected) {
  if (!test::in_rank()) {
    const auto ranks = test::run_ranks(2, 60s);
    EXPECT_EQ(ranks[0].exit_code, 0) << ranks[0].output;
    EXPECT_LT(ranks[0].time, 30s);
    return;
  }
  ProcessGroup group(launch_from_environment(), {.silence = 3s});
  at::Tensor process = at::full({1}, static_cast<std::int64_t>(getpid()), at::kLong);
  group.broadcast(process, 1);
  group.barrier();
  if (group.rank() == 1) raise(SIGSTOP);
  EXPECT_CONTAINS(message_of_loss(group), "Rank 1 has not responded");
  kill(static_cast<pid_t>(process.item<std::int64_t>()), SIGKILL);
}

TEST(LeavingRank, FailedRankIsNamed) {
  if (!test::in_rank()) {
    const auto ranks = test::run_ranks(2);
    EXPECT_EQ(ranks[0].exit_code, 0) << ranks[0].output;
    EXPECT_EQ(ranks[1].exit_code, 0) << ranks[1].output;
    return;
  }
  try {
    ProcessGroup group(launch_from_environment());
    group.barrier();
    if (group.rank() == 1) throw std::runtime_error("unreadable picture");
    EXPECT_CONTAINS(message_of_loss(group), "Rank 1 has stopped with an error");
  } catch (const std::runtime_error &error) {
    EXPECT_STREQ(error.what(), "unreadable picture");
  }
}

TEST(SilentRank, CallTimesOut) {
  if (!test::in_rank()) {
    for (const auto &rank : test::run_ranks(2)) EXPECT_EQ(rank.exit_code, 0) << rank.output;
    return;
  }
  ProcessGroup group(launch_from_environment(), {.timeout = 2s});
  group.barrier();
  at::Tensor values = at::zeros({4});
  if (group.rank() == 0) {
    EXPECT_THROW(group.all_reduce(values), Error);
  } else {
    std::this_thread::sleep_for(6s);
  }
}

Launch two_at(int rank, int port) {
  Launch launch;
  launch.rank = rank;
  launch.size = launch.local_size = 2;
  launch.master_address = "127.0.0.1";
  launch.master_port = static_cast<std::uint16_t>(port);
  return launch;
}

std::string message_of_connecting(const Launch &launch) {
  try {
    ProcessGroup group(launch, {.timeout = 1s});
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

TEST(Rendezvous, NamesMissingRank) {
  const test::ReservedPort port;
  EXPECT_CONTAINS(message_of_connecting(two_at(0, port.number())),
                  "rank 1 did not connect within 1 s");
}

TEST(Rendezvous, NamesUnreachableAddress) {
  const test::ReservedPort port;
  EXPECT_CONTAINS(message_of_connecting(two_at(1, port.number())),
                  "Cannot connect to 127.0.0.1:" + std::to_string(port.number()));
}

}  // namespace
}  // namespace hyperlips::training
