// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/training_progress.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

namespace hyperlips::training {
namespace {

/// Two ends of a pipe or of a terminal.
struct Channel {
  int read_end = -1, write_end = -1;
  ~Channel() {
    close(read_end);
    close(write_end);
  }

  /// What has been written so far.
  std::string text() const {
    fcntl(read_end, F_SETFL, O_NONBLOCK);
    std::string all;
    char part[4096];
    for (ssize_t size; (size = read(read_end, part, sizeof part)) > 0;) all.append(part, size);
    return all;
  }
};

void open_pipe(Channel &channel) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  channel.read_end = ends[0];
  channel.write_end = ends[1];
}

/// A clock that moves only when it is told to.
struct TestClock {
  StatusLine::Clock::time_point time;

  void set(StatusLine::Settings &settings) {
    settings.now = [this] { return time; };
  }
};

StatusLine::Settings settings(const Channel &channel) {
  return {.program = "hyperlips-train",
          .descriptor = channel.write_end,
          .interval = std::chrono::seconds(0)};
}

StepReport report(std::int64_t step, double total) {
  return {step, {{"total", total}, {"sync", 0.5}}, 16, 2, 0.1};
}

TEST(TrainingProgress, LinesWithoutTerminal) {
  Channel channel;
  open_pipe(channel);
  TrainingProgress progress(1010, 0, settings(channel));
  progress.show(report(1000, 1));
  progress.show(report(1001, 3));
  progress.say("Saved.");
  EXPECT_EQ(channel.text(),
            "hyperlips-train: step 1000 of 1010, total 1, sync 0.5, 8.0 samples/s, data 5 %, "
            "0:20 left\n"
            "hyperlips-train: step 1001 of 1010, total 3, sync 0.5, 8.0 samples/s, data 5 %, "
            "0:18 left\n"
            "hyperlips-train: Saved.\n");
}

TEST(TrainingProgress, LossesAreMeansSinceLastLine) {
  Channel channel;
  open_pipe(channel);
  auto slow = settings(channel);
  slow.interval = std::chrono::seconds(1);
  TestClock clock;
  clock.set(slow);
  TrainingProgress progress(0, 0, slow);
  progress.show(report(1, 1));
  clock.time += std::chrono::milliseconds(999);
  progress.show(report(2, 2));
  EXPECT_EQ(channel.text(), "");
  clock.time += std::chrono::milliseconds(1);
  progress.show(report(3, 6));
  EXPECT_EQ(channel.text(),
            "hyperlips-train: step 3, total 3, sync 0.5, 8.0 samples/s, data 5 %\n");
}

TEST(TrainingProgress, RatesOfLatestSteps) {
  Channel channel;
  open_pipe(channel);
  auto silent = settings(channel);
  silent.quiet = true;
  TrainingProgress progress(0, 0, silent);
  for (int step = 0; step < 1000; ++step) progress.show({step, {}, 10, 10, 0});
  EXPECT_EQ(progress.text(), "step 999, 1.0 samples/s, data 0 %");
  for (int step = 1000; step < 2000; ++step) progress.show({step, {}, 10, 1, 0.5});
  EXPECT_EQ(progress.text(), "step 1999, 10.0 samples/s, data 50 %");
  EXPECT_EQ(channel.text(), "");
}

TEST(TrainingProgress, SilentOnOtherRanks) {
  Channel channel;
  open_pipe(channel);
  TrainingProgress progress(10, 1, settings(channel));
  progress.show(report(1, 1));
  progress.say("Saved.");
  EXPECT_EQ(channel.text(), "");
}

TEST(TrainingProgress, BarOnTerminal) {
  Channel channel;
  const winsize size{24, 60, 0, 0};
  ASSERT_EQ(openpty(&channel.read_end, &channel.write_end, nullptr, nullptr, &size), 0);
  auto on_terminal = settings(channel);
  TestClock clock;
  clock.set(on_terminal);
  {
    TrainingProgress progress(1000, 0, on_terminal);
    clock.time += std::chrono::milliseconds(250);
    progress.show(report(500, 1));
    clock.time += std::chrono::milliseconds(249);
    progress.show(report(501, 1));  // too soon
    const std::string bar = "[############............] step 500 of 1000, total 1, sync 0.5, ";
    EXPECT_EQ(channel.text(), "\r\033[K" + bar.substr(0, 59));
    progress.say("Saved.");
    EXPECT_EQ(channel.text(), "\r\033[Khyperlips-train: Saved.\r\n");
    clock.time += std::chrono::milliseconds(1);
    progress.show(report(502, 1));
    EXPECT_NE(channel.text(), "");
  }
  EXPECT_EQ(channel.text(), "\r\033[K");
}

TEST(TrainingProgress, IgnoresClosedPipe) {
  Channel channel;
  open_pipe(channel);
  const auto handler = std::signal(SIGPIPE, SIG_IGN);
  close(channel.read_end);
  channel.read_end = -1;
  ASSERT_EQ(write(channel.write_end, "x", 1), -1);
  ASSERT_EQ(errno, EPIPE);
  TrainingProgress progress(10, 0, settings(channel));
  EXPECT_NO_THROW(progress.show(report(1, 1)));
  EXPECT_NO_THROW(progress.say("Saved."));
  EXPECT_EQ(progress.text().substr(0, 12), "step 1 of 10");
  std::signal(SIGPIPE, handler);
}

}  // namespace
}  // namespace hyperlips::training
