// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/child_output.hpp"

#include <sys/wait.h>

#include <cerrno>

#include "common/model_testing.hpp"

namespace hyperlips {
namespace {

using namespace std::chrono_literals;
using test::expect_error;

ChildOutput shell(const std::string &script, std::chrono::milliseconds patience = 60s) {
  return run_child({"/bin/sh", "-c", script}, patience);
}

std::string text(const ChildOutput &output) { return {output.bytes.begin(), output.bytes.end()}; }

TEST(ChildOutput, CollectsOutputAndExitCode) {
  const ChildOutput output = shell("printf 'a b'; exit 3");
  EXPECT_EQ(text(output), "a b");
  EXPECT_EQ(output.exit_code, 3);
  EXPECT_EQ(shell("head -c 3000000 /dev/zero").bytes.size(), 3'000'000u);
  EXPECT_EQ(shell("kill -9 $$").exit_code, -1);
}

/// Whether this process has no child that runs or was not waited for.
bool has_no_child() { return waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

TEST(ChildOutput, StopsProgramThatHangs) {
  // Before it writes, after it has written, and after it has closed its output.
  for (const char *script :
       {"exec sleep 1000", "echo x; exec sleep 1000", "exec >/dev/null; exec sleep 1000"}) {
    expect_error(ErrorKind::Failed, {"'/bin/sh'", "stopped", "0.05"}, [&] { shell(script, 50ms); });
    EXPECT_TRUE(has_no_child()) << script;
  }
}

TEST(ChildOutput, NamesProgramThatCannotStart) {
  expect_error(ErrorKind::Failed, {"'/nonexistent/program'", "No such file"},
               [] { run_child({"/nonexistent/program"}, 60s); });
}

}  // namespace
}  // namespace hyperlips
