// SPDX-License-Identifier: LGPL-2.1-or-later
// Time of a training step of the base network: forward, backward and Adam. "Generator": only L1, on
// 8 faces. "Published": all published losses, on 10 faces (two windows of five).
#include <benchmark/benchmark.h>

#include "common/formula_weights.hpp"
#include "training/run/fused_adam.hpp"
#include "training/run/allocator_settings.hpp"
#include "training/stages/base_stage.hpp"

namespace hyperlips::training {
namespace {

void run_steps(benchmark::State &state, const BaseStageOptions &options, std::int64_t clips,
               std::int64_t frames) {
  BaseStage stage(options);
  std::vector<FusedAdam> optimizers;
  for (const Trained &trained : stage.trained()) {
    optimizers.emplace_back(trained.network->parameters(),
                            torch::optim::AdamOptions(trained.learning_rate).betas(trained.betas));
  }
  const Batch batch{{"mels", torch::randn({clips, frames, 1, 80, 16})},
                    {"mel", torch::randn({clips, 1, 80, 16})},
                    {"face", torch::rand({clips, 6, frames, 128, 128})},
                    {"target", torch::rand({clips, 3, frames, 128, 128})}};
  const auto step = [&] {
    benchmark::DoNotOptimize(stage.accumulate(batch, 1));
    for (FusedAdam &optimizer : optimizers) {
      optimizer.step();
      optimizer.zero_grad();
    }
  };
  step();
  for (auto _ : state) step();
  state.counters["faces/s"] = benchmark::Counter(static_cast<double>(clips * frames),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace
}  // namespace hyperlips::training

int main(int argc, char **argv) {
  using namespace hyperlips::training;
  benchmark::Initialize(&argc, argv);
  keep_freed_memory();
  for (const bool bf16 : {false, true}) {
    const std::string precision = bf16 ? "/bf16" : "/fp32";
    BaseStageOptions generator;
    generator.bf16 = bf16;
    generator.losses = {.sync = 0, .adversarial = 0, .l1 = 1};
    BaseStageOptions published;
    published.bf16 = bf16;
    published.sync_expert = hyperlips::test::formula_checkpoint("SyncNet_color");
    benchmark::RegisterBenchmark(("Generator" + precision).c_str(), run_steps, generator, 8, 1)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
    benchmark::RegisterBenchmark(("Published" + precision).c_str(), run_steps, published, 2, 5)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
