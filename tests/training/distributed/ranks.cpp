// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ranks.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <thread>

namespace hyperlips::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr const char *kMarker = "HYPERLIPS_TEST_RANK";

std::string current_test() {
  const auto *info = ::testing::UnitTest::GetInstance()->current_test_info();
  return std::string(info->test_suite_name()) + "." + info->name();
}

std::map<std::string, std::string> environment_of(int rank, int size, int port) {
  std::map<std::string, std::string> environment;
  for (char **entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    environment[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  // Results are reported by the process that started this one.
  std::erase_if(environment, [](const auto &entry) { return entry.first.starts_with("GTEST_"); });
  environment[kMarker] = "1";
  environment["OMP_NUM_THREADS"] = "1";
  environment["RANK"] = environment["LOCAL_RANK"] = std::to_string(rank);
  environment["WORLD_SIZE"] = environment["LOCAL_WORLD_SIZE"] = std::to_string(size);
  environment["MASTER_ADDR"] = "127.0.0.1";
  environment["MASTER_PORT"] = std::to_string(port);
  return environment;
}

pid_t start(const std::map<std::string, std::string> &environment, const std::string &log,
            const std::string &tests) {
  std::vector<std::string> entries;
  for (const auto &[name, value] : environment) entries.push_back(name + "=" + value);
  std::vector<char *> entry_pointers;
  for (std::string &entry : entries) entry_pointers.push_back(entry.data());
  entry_pointers.push_back(nullptr);
  std::string program = std::filesystem::read_symlink("/proc/self/exe");
  std::string filter = "--gtest_filter=" + tests;
  char *arguments[] = {program.data(), filter.data(), nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t process = -1;
  const int error =
      posix_spawn(&process, program.c_str(), &actions, nullptr, arguments, entry_pointers.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + program);
  return process;
}

std::string read_text(const std::string &path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<EndedRank> run_ranks_of(const std::string &tests, int size,
                                    std::chrono::seconds limit) {
  const auto begin = Clock::now();
  const ReservedPort port;
  const auto log = [&](int rank) {
    return (std::filesystem::temp_directory_path() /
            ("hyperlips-rank-" + std::to_string(getpid()) + "-" + std::to_string(rank)))
        .string();
  };
  std::vector<EndedRank> ranks(size);
  std::vector<pid_t> processes;
  for (int rank = 0; rank < size; ++rank) {
    processes.push_back(start(environment_of(rank, size, port.number()), log(rank), tests));
  }
  for (int running = size; running > 0;) {
    for (int rank = 0; rank < size; ++rank) {
      int status = 0;
      if (processes[rank] < 0 || waitpid(processes[rank], &status, WNOHANG) == 0) continue;
      processes[rank] = -1;
      --running;
      ranks[rank].exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
      ranks[rank].signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
      ranks[rank].time = Clock::now() - begin;
      ranks[rank].output = read_text(log(rank));
      std::filesystem::remove(log(rank));
    }
    if (Clock::now() - begin > limit) {
      for (const pid_t process : processes) {
        if (process > 0) kill(process, SIGKILL);
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return ranks;
}

std::unique_ptr<training::ProcessGroup> shared_group;

struct GroupEnd : ::testing::EmptyTestEventListener {
  void OnTestProgramEnd(const ::testing::UnitTest &) override { shared_group.reset(); }
};

}  // namespace

bool in_rank() { return std::getenv(kMarker) != nullptr; }

std::vector<EndedRank> run_ranks(int size, std::chrono::seconds limit) {
  return run_ranks_of(current_test(), size, limit);
}

bool ran_over_processes() {
  if (in_rank()) return false;
  const std::string test = current_test(), suite = test.substr(0, test.find('.'));
  static std::map<std::string, std::vector<EndedRank>> runs;
  if (!runs.contains(suite)) runs[suite] = run_ranks_of(suite + ".*", 2, std::chrono::seconds(120));
  for (const EndedRank &rank : runs[suite]) {
    EXPECT_NE(rank.output.find("       OK ] " + test + " ("), std::string::npos)
        << "exit code " << rank.exit_code << ", signal " << rank.signal << "\n"
        << rank.output;
  }
  return true;
}

training::ProcessGroup &group() {
  if (!shared_group) {
    shared_group = std::make_unique<training::ProcessGroup>(training::launch_from_environment());
    ::testing::UnitTest::GetInstance()->listeners().Append(new GroupEnd);
  }
  return *shared_group;
}

ReservedPort::ReservedPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int reuse = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) != 0 ||
      bind(socket_, reinterpret_cast<sockaddr *>(&address), length) != 0 ||
      getsockname(socket_, reinterpret_cast<sockaddr *>(&address), &length) != 0) {
    throw std::runtime_error("no free port");
  }
  number_ = ntohs(address.sin_port);
}

ReservedPort::~ReservedPort() { close(socket_); }

}  // namespace hyperlips::test
