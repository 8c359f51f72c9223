// SPDX-License-Identifier: LGPL-2.1-or-later
#include "child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hyperlips/error.hpp"
#include "machine.hpp"
#include "util/quote.hpp"

extern char **environ;

namespace hyperlips::bench {
namespace {

double seconds_of(const timeval &time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; }

/// Files of a process to be started.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions &) = delete;
  FileActions &operator=(const FileActions &) = delete;
  posix_spawn_file_actions_t *get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

pid_t start(const std::vector<std::string> &arguments, FileActions &files, char **environment) {
  std::vector<char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t id = 0;
  const int failure = posix_spawnp(&id, argv[0], files.get(), nullptr, argv.data(), environment);
  if (failure) {
    throw Error(ErrorKind::Failed,
                "Cannot start " + quote_path(arguments[0]) + ": " + std::strerror(failure) + ".");
  }
  return id;
}

}  // namespace

ProgramRun run_program(const std::vector<std::string> &arguments,
                       const std::filesystem::path &output) {
  constexpr int kOutputMode = 0600;
  FileActions files;
  posix_spawn_file_actions_addopen(files.get(), STDOUT_FILENO, output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, kOutputMode);
  posix_spawn_file_actions_adddup2(files.get(), STDOUT_FILENO, STDERR_FILENO);
  const Clock::time_point begin = Clock::now();
  const pid_t id = start(arguments, files, environ);
  int status = 0;
  rusage usage{};
  while (wait4(id, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  ProgramRun run;
  run.seconds = seconds_since(begin);
  run.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  run.peak_mb = double(usage.ru_maxrss) / 1e3;
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return run;
}

JsonProgram::JsonProgram(const std::vector<std::string> &arguments) : name_(arguments[0]) {
  int questions[2], answers[2];
  if (pipe2(questions, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) {
    throw Error(ErrorKind::Failed, std::string("Cannot create a pipe: ") + std::strerror(errno));
  }
  to_ = fdopen(questions[1], "w");
  from_ = fdopen(answers[0], "r");
  std::vector<char *> environment;
  for (char **entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    if (text.starts_with("OMP_WAIT_POLICY=") || text.starts_with("GOMP_SPINCOUNT=")) continue;
    environment.push_back(*entry);
  }
  environment.push_back(nullptr);
  FileActions files;
  posix_spawn_file_actions_adddup2(files.get(), questions[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(files.get(), answers[1], STDOUT_FILENO);
  try {
    id_ = start(arguments, files, environment.data());
  } catch (...) {
    for (const int end : {questions[0], answers[1]}) close(end);
    std::fclose(to_);
    std::fclose(from_);
    throw;
  }
  for (const int end : {questions[0], answers[1]}) close(end);
  signal(SIGPIPE, SIG_IGN);  // a program that has ended is found when its answer is read
  LoadMeter::count_child(id_, true);
}

JsonProgram::~JsonProgram() {
  std::fclose(to_);
  std::fclose(from_);
  LoadMeter::count_child(id_, false);
  while (waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

json JsonProgram::ask(const json &question) {
  std::fprintf(to_, "%s\n", question.dump(-1, ' ', true, json::error_handler_t::replace).c_str());
  std::fflush(to_);
  return answer();
}

json JsonProgram::answer() {
  std::string line;
  for (int c; (c = std::fgetc(from_)) != EOF && c != '\n';) line += static_cast<char>(c);
  const json answer = json::parse(line, nullptr, false);
  if (answer.is_discarded()) {
    throw Error(ErrorKind::Failed,
                quote_path(name_) + " ended or gave no valid answer: " + quote(line) + ".");
  }
  if (answer.contains("error")) {
    throw Error(ErrorKind::Failed,
                quote_path(name_) + " failed: " + answer["error"].get<std::string>());
  }
  return answer;
}

}  // namespace hyperlips::bench
