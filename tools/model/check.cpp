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

/// Takes the last part of a text, which a colon separates from the rest; empty if there is none.
std::string take_last(std::string &text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return {};
  const std::string part = text.substr(colon + 1);
  text.resize(colon);
  return part;
}

bool is_row(const std::string &text) {
  return !text.empty() && text.size() <= 3 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Parses [BACKEND/]DEVICE:PRECISION[:FIRST_ROW]. The device may contain a colon itself:
/// "cuda:0:fp16".
NetworkOptions parse_variant(const std::string &model, const std::string &variant) {
  NetworkOptions options;
  options.model = model;
  std::string rest = variant;
  if (const std::size_t slash = rest.find('/'); slash != std::string::npos) {
    options.backend = rest.substr(0, slash);
    rest = rest.substr(slash + 1);
  }
  std::string precision = take_last(rest);
  if (is_row(precision)) {
    options.first_row = std::stoi(precision);
    precision = take_last(rest);
  }
  if (precision.empty() || rest.empty()) {
    throw Error(ErrorKind::Settings, "Invalid variant " + quote(variant) +
                                         "; expected [BACKEND/]DEVICE:PRECISION[:FIRST_ROW], for "
                                         "example cpu:bf16 or openvino/cpu:bf16:62.");
  }
  options.device = rest;
  options.precision = parse_precision(precision);
  return options;
}

/// One of the networks that are compared.
struct Candidate {
  std::shared_ptr<Network> network;
  Batch outputs;
  std::vector<double> milliseconds;  ///< per sample, of each run

  const NetworkInfo &info() const { return network->info(); }
};

void run_once(Candidate &candidate, const Batch &inputs) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  candidate.outputs = run_network(*candidate.network, inputs);
  const std::chrono::duration<double, std::milli> taken = Clock::now() - start;
  candidate.milliseconds.push_back(taken.count() / inputs.size);
}

/// Each in turn, so that other load on the machine slows down both.
void run_in_turn(Candidate &a, Candidate &b, const Batch &inputs, int repeat) {
  for (Candidate *candidate : {&a, &b}) candidate->network->warm_up(inputs.size);
  for (int i = 0; i < repeat; ++i) {
    run_once(a, inputs);
    run_once(b, inputs);
  }
  for (Candidate *candidate : {&a, &b}) std::ranges::sort(candidate->milliseconds);
}

double minimum(const Candidate &candidate) { return candidate.milliseconds.front(); }
double median(const Candidate &candidate) {
  return candidate.milliseconds[candidate.milliseconds.size() / 2];
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

/// The last `rows` rows of each plane of a batch of pictures.
std::vector<float> last_rows(const std::vector<float> &values, const TensorInfo &picture,
                             std::int64_t rows) {
  const std::int64_t width = picture.shape[2], plane = picture.shape[1] * width;
  std::vector<float> result;
  for (auto from = values.begin(); from != values.end(); from += plane)
    result.insert(result.end(), from + plane - rows * width, from + plane);
  return result;
}

/// The difference of an output. Of pictures that begin at different rows, that of the common ones.
Difference compare(const Candidate &a, const Candidate &b, std::size_t output) {
  const TensorInfo &of_a = a.info().outputs[output], &of_b = b.info().outputs[output];
  const auto &values_a = a.outputs.tensors[output], &values_b = b.outputs.tensors[output];
  if (of_a.shape == of_b.shape) return difference(values_a, values_b);
  const std::int64_t rows = std::min(of_a.shape[1], of_b.shape[1]);
  return difference(last_rows(values_a, of_a, rows), last_rows(values_b, of_b, rows));
}

void print(const char *name, const Candidate &candidate) {
  const NetworkInfo &info = candidate.info();
  std::string what = info.backend + " " + info.device + " " + to_string(info.precision);
  if (info.first_row > 0) what += " from row " + std::to_string(info.first_row);
  std::printf("%s  %-32s minimum %.2f, median %.2f ms per sample\n", name, what.c_str(),
              minimum(candidate), median(candidate));
}

}  // namespace

int check(const CheckOptions &options) {
  Candidate a{open_network(parse_variant(options.model, options.a)), {}, {}};
  Candidate b{open_network(parse_variant(options.model, options.b)), {}, {}};
  const Batch inputs = options.input.empty()
                           ? random_inputs(a.info(), options.batch)
                           : inputs_from(read_safetensors(options.input), a.info());
  run_in_turn(a, b, inputs, options.repeat);

  std::printf("%s, batch of %d\n", a.info().architecture.c_str(), inputs.size);
  print("a", a);
  print("b", b);
  std::printf("b has %.2f times the speed of a\n", minimum(a) / minimum(b));
  bool within = true;
  for (std::size_t i = 0; i < a.info().outputs.size(); ++i) {
    const Difference found = compare(a, b, i);
    const bool fits = found.mean <= options.mean && found.max <= options.max;
    within = within && fits;
    std::printf("%-16s difference: mean %.4f/255, maximum %.4f/255: %s\n",
                a.info().outputs[i].name.c_str(), found.mean, found.max,
                fits ? "within tolerance" : "TOO LARGE");
  }
  return within ? 0 : 1;
}

}  // namespace hyperlips::tool
