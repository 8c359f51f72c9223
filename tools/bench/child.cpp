// SPDX-License-Identifier: LGPL-2.1-or-later
#include "child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "hyperlips/error.hpp"
#include "machine.hpp"
#include "util/quote.hpp"
#include "util/start_program.hpp"

namespace hyperlips::bench {

ProgramRun run_program(const std::vector<std::string> &arguments,
                       const std::filesystem::path &output) {
  constexpr int kOutputMode = 0600;
  FileActions files;
  posix_spawn_file_actions_addopen(files.get(), STDOUT_FILENO, output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, kOutputMode);
  posix_spawn_file_actions_adddup2(files.get(), STDOUT_FILENO, STDERR_FILENO);
  const Clock::time_point begin = Clock::now();
  const pid_t id = start_program(arguments, files);
  int status = 0;
  rusage usage{};
  while (wait4(id, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  ProgramRun run;
  run.seconds = seconds_since(begin);
  run.cpu_seconds = cpu_seconds(usage);
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
    id_ = start_program(arguments, files, environment.data());
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
