// SPDX-License-Identifier: LGPL-2.1-or-later
#include "machine.hpp"

#include <gst/gst.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace hyperlips::bench {
namespace {

/// Children that run on; the system adds the time of others to ours when they have ended.
std::set<pid_t> &running_children() {
  static std::set<pid_t> children;
  return children;
}

/// The instructions that decide how fast networks are.
constexpr const char *kFlags[] = {"avx2",        "avx512f",  "avx512_vnni", "avx512_bf16",
                                  "avx512_fp16", "avx_vnni", "amx_tile",    "amx_bf16",
                                  "amx_int8",    "amx_fp16"};

/// The value of a line "name : value" of /proc/cpuinfo or /proc/meminfo.
std::string value_in(const char *file, const std::string &name) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || !line.starts_with(name)) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return {};
}

double seconds_of(const timeval &time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; }

/// CPU time of all processes since the start of the machine, and what the hypervisor took.
std::pair<double, double> busy_seconds() {
  std::ifstream stream("/proc/stat");
  std::string name;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0, stolen = 0;
  stream >> name >> user >> nice >> system >> idle >> waiting >> irq >> softirq >> stolen;
  const double tick = 1.0 / double(sysconf(_SC_CLK_TCK));
  return {(user + nice + system + irq + softirq) * tick, stolen * tick};
}

double seconds_of_child(pid_t child) {
  std::ifstream stream("/proc/" + std::to_string(child) + "/stat");
  std::string text;
  std::getline(stream, text);
  // The name, in parentheses, may have spaces; user and system time are fields 14 and 15.
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos) return 0;
  std::istringstream fields(text.substr(end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / double(sysconf(_SC_CLK_TCK));
}

double own_seconds() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    sum += cpu_seconds(usage);
  }
  for (const pid_t child : running_children()) sum += seconds_of_child(child);
  return sum;
}

}  // namespace

double cpu_seconds(const rusage &usage) {
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

json describe_machine() {
  std::istringstream words(value_in("/proc/cpuinfo", "flags"));
  std::set<std::string> all;
  for (std::string word; words >> word;) all.insert(word);
  json flags = json::array();
  for (const char *flag : kFlags) {
    if (all.contains(flag)) flags.push_back(flag);
  }
  std::istringstream memory(value_in("/proc/meminfo", "MemTotal"));
  double kilobytes = 0;
  memory >> kilobytes;
  const std::string libtorch = HYPERLIPS_LIBTORCH_VERSION;
  guint major = 0, minor = 0, micro = 0, nano = 0;
  gst_version(&major, &minor, &micro, &nano);
  const std::string gstreamer =
      std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(micro);
  return {{"cpu", value_in("/proc/cpuinfo", "model name")},
          {"cores", sysconf(_SC_NPROCESSORS_ONLN)},
          {"flags", flags},
          {"memory_gib", rounded(kilobytes / (1 << 20), 1)},
          {"versions",
           {{"hyperlips", HYPERLIPS_VERSION},
            {"openvino", HYPERLIPS_OPENVINO_VERSION},
            {"libtorch", libtorch.empty() ? json(nullptr) : json(libtorch)},
            {"gstreamer", gstreamer}}}};
}

LoadMeter::LoadMeter() : start_(Clock::now()), own_(own_seconds()) {
  std::ifstream stream("/proc/loadavg");
  double average = 0;
  stream >> average;
  average_ = average;
  std::tie(busy_, stolen_) = busy_seconds();
}

json LoadMeter::read() const {
  const auto [busy, stolen] = busy_seconds();
  const double available = seconds_since(start_) * double(sysconf(_SC_NPROCESSORS_ONLN));
  // Below 0 and above all there is: the counters of processes are read at slightly other times.
  const double others =
      std::clamp((busy - busy_) - (own_seconds() - own_), 0.0, std::max(available, 1e-3));
  return {{"load_average_before", average_},
          {"others_percent", rounded(others / available * 100, 1)},
          {"stolen_percent", rounded((stolen - stolen_) / available * 100, 1)},
          {"seconds", rounded(seconds_since(start_), 1)}};
}

void LoadMeter::count_child(pid_t child, bool running) {
  if (running) {
    running_children().insert(child);
  } else {
    running_children().erase(child);
  }
}

}  // namespace hyperlips::bench
