// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/distributed/launch.hpp"

#include <unistd.h>

#include <charconv>
#include <limits>
#include <optional>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

/// The variables of one launcher, with errors that name the launcher.
class Variables {
 public:
  Variables(const Environment &environment, std::string launcher)
      : environment_(environment), launcher_(std::move(launcher)) {}

  std::optional<std::string> find(const std::string &name) const {
    const auto found = environment_.find(name);
    if (found == environment_.end() || found->second.empty()) return std::nullopt;
    return found->second;
  }

  std::string text(const std::string &name) const {
    const auto value = find(name);
    if (!value) fail(name + " is not set.");
    return *value;
  }

  int number(const std::string &name, int least, int most = std::numeric_limits<int>::max()) const {
    const std::string value = text(name);
    int result = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (error != std::errc() || end != value.data() + value.size() || result < least ||
        result > most) {
      fail(name + " is " + quote(value) + "; expected an integer from " + std::to_string(least) +
           " to " + std::to_string(most) + ".");
    }
    return result;
  }

  int number_or(const std::string &name, int fallback) const {
    return find(name) ? number(name, 0) : fallback;
  }

 private:
  [[noreturn]] void fail(const std::string &what) const {
    throw Error(ErrorKind::Settings, "The environment has variables of " + launcher_ + ", but " +
                                         what + " Start the run with " + launcher_ +
                                         ", or unset its variables to train with one process.");
  }

  const Environment &environment_;
  std::string launcher_;
};

Launch launch_from_torchrun(const Environment &environment) {
  const Variables variables(environment, "torchrun");
  Launch launch;
  launch.size = variables.number("WORLD_SIZE", 1);
  launch.rank = variables.number("RANK", 0, launch.size - 1);
  if (launch.size == 1) return launch;
  launch.local_size = variables.number("LOCAL_WORLD_SIZE", 1, launch.size);
  launch.local_rank = variables.number("LOCAL_RANK", 0, launch.local_size - 1);
  launch.master_address = variables.text("MASTER_ADDR");
  launch.master_port = static_cast<std::uint16_t>(variables.number("MASTER_PORT", 1, 65535));
  launch.launcher_keeps_store = variables.find("TORCHELASTIC_USE_AGENT_STORE") == "True";
  launch.run_id = variables.find("TORCHELASTIC_RUN_ID").value_or("");
  launch.restarts = variables.number_or("TORCHELASTIC_RESTART_COUNT", 0);
  return launch;
}

/// Number of tasks of a node in Slurm's notation: with "2(x3),1" nodes 0 to 2 have two, node 3 has
/// one.
int tasks_of_node(const std::string &counts, int node) {
  const char *position = counts.data(), *const end = position + counts.size();
  while (position < end) {
    int tasks = 0, repeated = 1;
    auto [next, error] = std::from_chars(position, end, tasks);
    if (error != std::errc()) break;
    if (end - next > 2 && next[0] == '(' && next[1] == 'x') {
      next = std::from_chars(next + 2, end, repeated).ptr + 1;
    }
    if (node < repeated) return tasks;
    node -= repeated;
    position = next + 1;
  }
  return 0;
}

Launch launch_from_slurm(const Environment &environment) {
  const Variables variables(environment, "srun");
  Launch launch;
  const bool in_step = variables.find("SLURM_STEP_NUM_TASKS").has_value();
  launch.size = variables.number(in_step ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS", 1);
  launch.rank = variables.number("SLURM_PROCID", 0, launch.size - 1);
  if (launch.size == 1) return launch;
  launch.local_rank = variables.number("SLURM_LOCALID", 0, launch.size - 1);
  const auto counts = variables.find("SLURM_STEP_TASKS_PER_NODE");
  launch.local_size =
      std::max(launch.local_rank + 1,
               tasks_of_node(counts.value_or(variables.find("SLURM_TASKS_PER_NODE").value_or("")),
                             variables.number_or("SLURM_NODEID", 0)));

  if (const auto address = variables.find("MASTER_ADDR")) {
    launch.master_address = *address;
  } else if (const auto step = variables.find("SLURM_STEP_NODELIST")) {
    launch.master_address = first_host(*step);
  } else if (const auto job = variables.find("SLURM_JOB_NODELIST")) {
    launch.master_address = first_host(*job);
  } else {
    launch.master_address = variables.text("SLURM_LAUNCH_NODE_IPADDR");
  }
  const int job = variables.number_or("SLURM_JOB_ID", 0);
  const int step = variables.number_or("SLURM_STEP_ID", 0);
  launch.run_id = std::to_string(job) + "." + std::to_string(step);
  // Slurm gives no port: derive one of 20000 that jobs and steps on a machine rarely share.
  launch.master_port =
      variables.find("MASTER_PORT")
          ? static_cast<std::uint16_t>(variables.number("MASTER_PORT", 1, 65535))
          : static_cast<std::uint16_t>(10000 + (job % 20000 * 7 + step % 20000) % 20000);
  launch.restarts = variables.number_or("SLURM_RESTART_COUNT", 0);
  return launch;
}

}  // namespace

Launch launch_from(const Environment &environment) {
  if (environment.contains("RANK") || environment.contains("WORLD_SIZE")) {
    return launch_from_torchrun(environment);
  }
  if (environment.contains("SLURM_PROCID")) return launch_from_slurm(environment);
  return {};
}

Launch launch_from_environment() {
  Environment environment;
  for (char **entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return launch_from(environment);
}

std::string first_host(const std::string &node_list) {
  const std::size_t stop = node_list.find_first_of("[,");
  std::string host = node_list.substr(0, stop);
  if (stop == std::string::npos || node_list[stop] == ',') return host;
  const std::size_t number_end = node_list.find_first_of("-,]", stop);
  host += node_list.substr(stop + 1, number_end - stop - 1);
  const std::size_t bracket = node_list.find(']', stop);
  if (bracket == std::string::npos) return host;
  const std::size_t host_end = node_list.find(',', bracket);
  return host + first_host(node_list.substr(bracket + 1, host_end == std::string::npos
                                                             ? std::string::npos
                                                             : host_end - bracket - 1));
}

}  // namespace hyperlips::training
