// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hyperlips::bench {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Thrown by what takes long after a signal: everything is removed on the way out.
struct Interrupted {};
/// From now on, the first signal to end the program makes throw_if_interrupted() throw Interrupted;
/// the second one ends it.
void take_signals();
void throw_if_interrupted();

/// Numbers that one run of a variant gives, by name.
using Values = std::map<std::string, double>;

/// Something to measure beside others.
struct Variant {
  std::string name;  ///< for --only and messages
  std::function<Values()> measure;
  std::map<std::string, std::vector<double>> rounds;  ///< results, by name of the number
  std::string failure;                                ///< why it is not measured (any more)
};

/// Measures all variants in turn, `rounds` times. One that throws Error is left out from then on.
void run_rounds(std::vector<Variant> &variants, int rounds, const std::string &section);

double minimum(const std::vector<double> &values);
double maximum(const std::vector<double> &values);
double median(std::vector<double> values);

/// Milliseconds of `operation`: the mean of as many calls as fit into `seconds`, at least one.
double time_of(const std::function<void()> &operation, double seconds = 0.2);

/// Rounded, for JSON that people read.
double rounded(double value, int digits);

}  // namespace hyperlips::bench
