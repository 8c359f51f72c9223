// SPDX-License-Identifier: LGPL-2.1-or-later
#include "redub_testing.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "common/formula_weights.hpp"

namespace hyperlips::test {
namespace {

std::string read_text(const std::string &path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Redub::Redub(const std::vector<std::string> &arguments, const std::string &stdin_file) {
  std::vector<std::string> all{HYPERLIPS_REDUB};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char *> argv;
  for (std::string &argument : all) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int ends[2] = {-1, -1};
  if (stdin_file == "|" && pipe(ends) != 0) throw std::runtime_error("pipe() failed");
  const std::string output = folder_ / "stdout", error = folder_ / "stderr";
  process_ = fork();
  if (process_ == 0) {
    const int in = stdin_file == "|"
                       ? ends[0]
                       : open(stdin_file.empty() ? "/dev/null" : stdin_file.c_str(), O_RDONLY);
    dup2(in, STDIN_FILENO);
    dup2(open(output.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    dup2(open(error.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    if (ends[1] >= 0) close(ends[1]);
    for (const char *name : {"GST_PLUGIN_PATH", "GST_PLUGIN_PATH_1_0", "HYPERLIPS_MODEL"}) {
      unsetenv(name);
    }
    execv(argv[0], argv.data());
    _exit(127);
  }
  if (ends[0] >= 0) close(ends[0]);
  pipe_ = ends[1];
}

Redub::~Redub() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  if (pipe_ >= 0) close(pipe_);
}

void Redub::signal(int number) const { kill(process_, number); }

void Redub::write_input(const std::string &data) const {
  if (write(pipe_, data.data(), data.size()) != ssize_t(data.size())) {
    throw std::runtime_error("write() failed");
  }
}

bool Redub::input_was_read() const {
  int unread = 0;
  return ioctl(pipe_, FIONREAD, &unread) == 0 && unread == 0;
}

bool Redub::running() const {
  siginfo_t info{};
  return waitid(P_PID, id_t(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

bool Redub::wait_until(const std::function<bool()> &condition) const {
  while (!condition()) {
    if (!running()) return condition();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

RunOutcome Redub::wait() {
  RunOutcome run;
  rusage usage{};
  int status = 0;
  wait4(process_, &status, 0, &usage);
  process_ = 0;
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.peak_kib = usage.ru_maxrss;
  run.output = read_text(folder_ / "stdout");
  run.error = read_text(folder_ / "stderr");
  return run;
}

std::vector<std::string> with_model(std::vector<std::string> arguments) {
  static const FormulaCheckpoints checkpoints;
  const std::string model = checkpoints.path("HyperLipsBase");
  arguments.insert(arguments.end(), {"--model", model});
  return arguments;
}

RunOutcome redub(std::vector<std::string> arguments, const std::string &stdin_file) {
  return Redub(with_model(std::move(arguments)), stdin_file).wait();
}

}  // namespace hyperlips::test
