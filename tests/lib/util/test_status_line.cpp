// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/status_line.hpp"

namespace hyperlips {
namespace {

using namespace std::chrono_literals;

/// The output of a StatusLine to a pipe or a terminal, with a clock that the test sets.
class StatusLineTest : public testing::Test {
 protected:
  ~StatusLineTest() override {
    for (const int end : ends_) close(end);
  }

  void open_pipe() { ASSERT_EQ(pipe(ends_), 0); }
  void open_terminal(unsigned short columns) {
    const winsize size{24, columns, 0, 0};
    ASSERT_EQ(openpty(&ends_[0], &ends_[1], nullptr, nullptr, &size), 0);
  }

  StatusLine::Settings settings() {
    return {.program = "program", .descriptor = ends_[1], .now = [this] { return now_; }};
  }

  /// The output since the last call.
  std::string output() const {
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    std::string all;
    char part[4096];
    for (ssize_t size; (size = read(ends_[0], part, sizeof part)) > 0;)
      all.append(part, static_cast<std::size_t>(size));
    return all;
  }

  StatusLine::Clock::time_point now_{};

 private:
  int ends_[2] = {-1, -1};
};

TEST_F(StatusLineTest, PlainLinesAtInterval) {
  open_pipe();
  StatusLine line(settings());
  now_ += 4999ms;
  EXPECT_FALSE(line.due());
  now_ += 1ms;
  EXPECT_TRUE(line.due());
  line.show("half", 0.5);
  EXPECT_FALSE(line.due());
  line.say("done");
  EXPECT_EQ(output(), "program: half\nprogram: done\n");
}

TEST_F(StatusLineTest, BarOnTerminal) {
  open_terminal(40);
  {
    StatusLine line(settings());
    now_ += 249ms;
    EXPECT_FALSE(line.due());
    now_ += 1ms;
    EXPECT_TRUE(line.due());
    line.show("half of a long text", 0.5);
    EXPECT_EQ(output(), "\r\033[K[############............] half of a lo");
    line.say("done");
    EXPECT_EQ(output(), "\r\033[Kprogram: done\r\n");
    line.show("end");
    EXPECT_EQ(output(), "\r\033[Kend");
  }
  EXPECT_EQ(output(), "\r\033[K");
}

TEST_F(StatusLineTest, Quiet) {
  open_pipe();
  StatusLine::Settings quiet = settings();
  quiet.quiet = true;
  StatusLine line(quiet);
  now_ += 1h;
  EXPECT_FALSE(line.due());
  line.show("half");
  line.say("done");
  EXPECT_EQ(output(), "");
}

TEST(DurationText, MinutesHoursDays) {
  using std::chrono::seconds;
  EXPECT_EQ(duration_text(seconds(-5)), "0:00");
  EXPECT_EQ(duration_text(seconds(187)), "3:07");
  EXPECT_EQ(duration_text(seconds(3720)), "1:02:00");
  EXPECT_EQ(duration_text(seconds(86399)), "23:59:59");
  EXPECT_EQ(duration_text(seconds(2 * 86400 + 3 * 3600 + 61)), "2 d 03:01:01");
}

}  // namespace
}  // namespace hyperlips
