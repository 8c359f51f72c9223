// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/signals.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include <gtest/gtest.h>

namespace hyperlips::training {
namespace {

int seen = 0;
void old_handler(int signal) { seen = signal; }

TEST(StopSignals, KeepsFirstSignal) {
  StopSignals signals;
  EXPECT_EQ(signals.stop(), 0);
  std::raise(SIGTERM);
  EXPECT_EQ(signals.stop(), SIGTERM);
  std::raise(SIGINT);
  EXPECT_EQ(signals.stop(), SIGTERM);
  EXPECT_FALSE(signals.take_save_request());
}

TEST(StopSignals, EachObjectStartsUnset) {
  {
    const StopSignals signals;
    std::raise(SIGINT);
    EXPECT_EQ(signals.stop(), SIGINT);
  }
  const StopSignals signals;
  EXPECT_EQ(signals.stop(), 0);
  std::raise(SIGINT);
  EXPECT_EQ(signals.stop(), SIGINT);
}

TEST(StopSignals, SaveRequestDoesNotStop) {
  StopSignals signals;
  std::raise(SIGUSR1);
  EXPECT_EQ(signals.stop(), 0);
  EXPECT_TRUE(signals.take_save_request());
  EXPECT_FALSE(signals.take_save_request());
}

TEST(StopSignals, RestoresHandlers) {
  const auto before = std::signal(SIGTERM, old_handler);
  {
    const StopSignals signals;
    std::raise(SIGTERM);
    EXPECT_EQ(seen, 0);
  }
  std::raise(SIGTERM);
  EXPECT_EQ(seen, SIGTERM);
  std::signal(SIGTERM, before);
}

TEST(StopSignals, SecondInterruptEndsProcess) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    const StopSignals signals;
    std::raise(SIGTERM);
    std::raise(SIGINT);
    if (signals.stop() == SIGTERM) std::raise(SIGINT);
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  EXPECT_EQ(WTERMSIG(status), SIGINT);
}

TEST(StopSignals, RejectsSecondObject) {
  const StopSignals signals;
  EXPECT_THROW(StopSignals(), std::logic_error);
  std::raise(SIGTERM);
  EXPECT_EQ(signals.stop(), SIGTERM);
}

}  // namespace
}  // namespace hyperlips::training
