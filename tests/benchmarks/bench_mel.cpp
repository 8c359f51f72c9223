// SPDX-License-Identifier: LGPL-2.1-or-later
#include <benchmark/benchmark.h>

#include <random>

#include "hyperlips/audio/mel.hpp"

namespace {

/// Mel columns of 10 s of noise. Argument: samples per chunk. The counter is the speed relative to
/// real time on one core.
void bench_mel_stream(benchmark::State &state) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  std::vector<float> samples(10 * hyperlips::kMelSampleRate);
  for (float &sample : samples) sample = uniform(random);
  const auto chunk = static_cast<std::size_t>(state.range(0));
  hyperlips::MelStream stream;
  std::vector<hyperlips::MelColumn> columns;
  for (auto _ : state) {
    columns.clear();
    for (std::size_t at = 0; at < samples.size(); at += chunk)
      stream.push(std::span(samples).subspan(at, std::min(chunk, samples.size() - at)), columns);
    stream.finish(columns);
    benchmark::DoNotOptimize(columns.data());
  }
  state.counters["x_real_time"] =
      benchmark::Counter(10.0, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(bench_mel_stream)->Arg(160)->Arg(1024)->Arg(160000);

}  // namespace

BENCHMARK_MAIN();
