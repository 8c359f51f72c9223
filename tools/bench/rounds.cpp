// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rounds.hpp"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "hyperlips/error.hpp"
#include "util/status_line.hpp"

namespace hyperlips::bench {
namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

void take_signals() {
  struct sigaction action = {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

void throw_if_interrupted() {
  if (interrupted) throw Interrupted();
}

void run_rounds(std::vector<Variant> &variants, int rounds, const std::string &section) {
  StatusLine status({.program = "hyperlips-bench"});
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < variants.size(); ++i) {
      throw_if_interrupted();
      Variant &variant = variants[i];
      if (!variant.failure.empty()) continue;
      if (status.due()) {
        const double done = double(round * variants.size() + i) / double(rounds * variants.size());
        status.show(section + ", round " + std::to_string(round + 1) + ": " + variant.name, done);
      }
      try {
        for (const auto &[name, value] : variant.measure()) variant.rounds[name].push_back(value);
      } catch (const Error &error) {
        variant.failure = error.what();
      }
    }
  }
  throw_if_interrupted();  // what failed by the signal is no result
}

double minimum(const std::vector<double> &values) { return *std::ranges::min_element(values); }
double maximum(const std::vector<double> &values) { return *std::ranges::max_element(values); }

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double time_of(const std::function<void()> &operation, double seconds) {
  const Clock::time_point start = Clock::now();
  int calls = 0;
  double passed = 0;
  do {
    operation();
    ++calls;
    passed = seconds_since(start);
  } while (passed * (calls + 1) / calls < seconds);
  return passed / calls * 1e3;
}

double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

}  // namespace hyperlips::bench
