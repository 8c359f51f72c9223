// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/child_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "hyperlips/error.hpp"
#include "util/file_descriptor.hpp"
#include "util/quote.hpp"
#include "util/start_program.hpp"

namespace hyperlips {
namespace {

using Clock = std::chrono::steady_clock;

/// A process that was started. Killed, if it still runs at the end.
class Child {
 public:
  Child(const std::vector<std::string> &arguments, int output) {
    FileActions files;
    posix_spawn_file_actions_adddup2(files.get(), output, STDOUT_FILENO);
    id_ = start_program(arguments, files);
  }

  ~Child() {
    if (ended_) return;
    kill(id_, SIGKILL);
    while (waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  Child(const Child &) = delete;
  Child &operator=(const Child &) = delete;

  /// Whether it has ended; then `exit_code` is as in ChildOutput.
  bool has_ended(std::optional<int> &exit_code) {
    int status = 0;
    const pid_t result = waitpid(id_, &status, WNOHANG);
    if (result == 0 || (result < 0 && errno == EINTR)) return false;
    ended_ = true;
    if (result > 0) exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return true;
  }

 private:
  pid_t id_ = 0;
  bool ended_ = false;
};

/// Waits until something can be read, or the other end is closed. Returns false at the time `end`.
bool wait_for_output(int file, Clock::time_point end) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    pollfd entry{.fd = file, .events = POLLIN, .revents = 0};
    const int ready = poll(&entry, 1, int(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
    if (ready == 0 && Clock::now() >= end) return false;
  }
}

}  // namespace

ChildOutput run_child(const std::vector<std::string> &arguments,
                      std::chrono::milliseconds patience) {
  const auto too_slow = [&] {
    return Error(ErrorKind::Failed, "Program " + quote_path(arguments[0]) +
                                        " was stopped: it did nothing for " +
                                        std::to_string(patience.count() / 1000.0).substr(0, 5) +
                                        " s. Try again when the machine is less busy.");
  };
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw Error(ErrorKind::Failed, "Cannot create a pipe for " + quote_path(arguments[0]) + ": " +
                                       std::strerror(errno) + ".");
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  Child child(arguments, writing.get());
  writing.close();
  ChildOutput output;
  for (std::size_t used = 0;;) {
    if (!wait_for_output(reading.get(), Clock::now() + patience)) throw too_slow();
    if (used + (1 << 16) > output.bytes.size())
      output.bytes.resize(std::max<std::size_t>(1 << 17, used * 2));
    const ssize_t count =
        read(reading.get(), output.bytes.data() + used, output.bytes.size() - used);
    if (count < 0 && errno == EINTR) continue;
    used += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    if (count > 0) continue;
    output.bytes.resize(used);
    break;
  }
  // A program ends right after it has closed its output, so this rarely waits twice.
  const auto end = Clock::now() + patience;
  while (!child.has_ended(output.exit_code)) {
    if (Clock::now() >= end) throw too_slow();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return output;
}

}  // namespace hyperlips
