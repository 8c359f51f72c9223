// SPDX-License-Identifier: LGPL-2.1-or-later
// Time of each network on the CPU in fp32 and bf16, for batches of 1 and 8 faces.
#include <benchmark/benchmark.h>

#include "common/formula_weights.hpp"
#include "hyperlips/engine/network.hpp"

namespace hyperlips {
namespace {

void run_network(benchmark::State &state, const std::string &model, Precision precision) {
  const auto network =
      open_network({.model = model, .device = "cpu", .precision = precision, .instance_id = {}});
  const int batch = static_cast<int>(state.range(0));
  std::vector<std::vector<float>> buffers;
  const auto buffer = [&](const TensorInfo &tensor) -> std::vector<float> & {
    std::size_t size = batch;
    for (const std::int64_t dimension : tensor.shape) size *= dimension;
    return buffers.emplace_back(size, 0.5f);
  };
  std::vector<std::span<const float>> inputs;
  std::vector<std::span<float>> outputs;
  for (const TensorInfo &tensor : network->info().inputs) inputs.emplace_back(buffer(tensor));
  for (const TensorInfo &tensor : network->info().outputs) outputs.emplace_back(buffer(tensor));
  network->warm_up(batch);
  for (auto _ : state) network->run(batch, inputs, outputs);
  state.counters["faces/s"] =
      benchmark::Counter(batch, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace
}  // namespace hyperlips

int main(int argc, char **argv) {
  using namespace hyperlips;
  benchmark::Initialize(&argc, argv);
  const test::FormulaCheckpoints checkpoints;
  for (const char *architecture :
       {"HyperLipsBase", "HRDecoder x1", "HRDecoder x2", "HRDecoder x4"}) {
    const std::string model = checkpoints.path(architecture);
    for (const Precision precision : {Precision::Fp32, Precision::Bf16}) {
      const std::string name = std::string(architecture) + "/" + to_string(precision);
      benchmark::RegisterBenchmark(name.c_str(), run_network, model, precision)
          ->Arg(1)
          ->Arg(8)
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
