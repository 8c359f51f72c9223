// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "commands.hpp"
#include "hyperlips/error.hpp"
#include "network_tensors.hpp"
#include "util/quote.hpp"

namespace hyperlips::tool {
namespace {

/// Parses DEVICE:PRECISION. The device may contain a colon itself: "cuda:0:fp16".
NetworkOptions parse_variant(const std::string &model, const std::string &variant) {
  const std::size_t colon = variant.rfind(':');
  if (colon == std::string::npos) {
    throw Error(ErrorKind::Settings,
                "Invalid DEVICE:PRECISION " + quote(variant) + "; use, for example, cpu:bf16.");
  }
  return {.model = model,
          .device = variant.substr(0, colon),
          .precision = parse_precision(variant.substr(colon + 1)),
          .instance_id = {}};
}

struct Timed {
  Batch outputs;
  double milliseconds;  ///< per sample, of the fastest run
};

Timed time_network(Network &network, const Batch &inputs, int repeat) {
  using Clock = std::chrono::steady_clock;
  network.warm_up(inputs.size);
  Timed timed{{}, INFINITY};
  for (int i = 0; i < repeat; ++i) {
    const auto start = Clock::now();
    timed.outputs = run_network(network, inputs);
    const std::chrono::duration<double, std::milli> taken = Clock::now() - start;
    timed.milliseconds = std::min(timed.milliseconds, taken.count() / inputs.size);
  }
  return timed;
}

struct Difference {
  double mean = 0, max = 0;  ///< absolute, in 1/255
};

Difference difference(const std::vector<float> &a, const std::vector<float> &b) {
  Difference found;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = 255 * std::abs(double{a[i]} - b[i]);
    if (!(d <= found.max)) found.max = d;  // also if d is NaN
    found.mean += d / static_cast<double>(a.size());
  }
  return found;
}

std::string describe(const NetworkInfo &info) {
  return info.device + " " + to_string(info.precision);
}

}  // namespace

int check(const CheckOptions &options) {
  const auto a = open_network(parse_variant(options.model, options.a));
  const auto b = open_network(parse_variant(options.model, options.b));
  const Batch inputs = options.input.empty()
                           ? random_inputs(a->info(), options.batch)
                           : inputs_from(read_safetensors(options.input), a->info());
  const Timed result_a = time_network(*a, inputs, options.repeat);
  const Timed result_b = time_network(*b, inputs, options.repeat);

  std::printf("%s, batch of %d\n", a->info().architecture.c_str(), inputs.size);
  std::printf("a  %-14s %9.2f ms per sample\n", describe(a->info()).c_str(), result_a.milliseconds);
  std::printf("b  %-14s %9.2f ms per sample, %.2f times the speed of a\n",
              describe(b->info()).c_str(), result_b.milliseconds,
              result_a.milliseconds / result_b.milliseconds);
  bool within = true;
  for (std::size_t i = 0; i < a->info().outputs.size(); ++i) {
    const Difference found = difference(result_a.outputs.tensors[i], result_b.outputs.tensors[i]);
    const bool fits = found.mean <= options.mean && found.max <= options.max;
    within = within && fits;
    std::printf("%-16s difference: mean %.4f/255, maximum %.4f/255: %s\n",
                a->info().outputs[i].name.c_str(), found.mean, found.max,
                fits ? "within tolerance" : "TOO LARGE");
  }
  return within ? 0 : 1;
}

}  // namespace hyperlips::tool
