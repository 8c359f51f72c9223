// SPDX-License-Identifier: LGPL-2.1-or-later
#include <benchmark/benchmark.h>

#include "hyperlips/talk/speech_to_mouth.hpp"
#include "util/random.hpp"

namespace {

/// The mouth of one frame, on one core.
void bench_speech_to_mouth(benchmark::State &state) {
  const hyperlips::SpeechToMouth network;
  hyperlips::Random random(1, 2);
  std::vector<float> window(static_cast<std::size_t>(
      hyperlips::kMelBands * (network.columns_before() + network.columns_after())));
  for (float &value : window) value = random.uniform(-4, 2);
  for (auto _ : state) benchmark::DoNotOptimize(network.predict(window));
}
BENCHMARK(bench_speech_to_mouth)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
