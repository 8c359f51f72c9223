// SPDX-License-Identifier: LGPL-2.1-or-later
// A person's own mouths: time per frame of the prediction from speech, of the choice and of the
// picture. The bank is that of a synthetic person, seen from some sides.
#include <benchmark/benchmark.h>

#include <cmath>

#include "hyperlips/own_mouths/mouth_renderer.hpp"
#include "hyperlips/talk/speech_to_mouth.hpp"
#include "common/talking_bank.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

constexpr double kFrameSeconds = 0.04;

/// The mouths wanted in the frames from `first` on: syllables.
std::vector<WantedMouth> wanted_from(const Bank &bank, int first, int count) {
  std::vector<WantedMouth> wanted;
  for (int i = first; i < first + count; ++i) {
    WantedMouth mouth{bank.mean, 0};
    mouth.values[0] += bank.deviation[0] * float(std::sin(0.9 * i));
    wanted.push_back(mouth);
  }
  return wanted;
}

void SpeechToMouthFrame(benchmark::State &state) {
  const SpeechToMouth voice;
  const std::vector<float> window(
      std::size_t(voice.columns_before() + voice.columns_after()) * kMelBands, -1.0f);
  for (auto _ : state) benchmark::DoNotOptimize(voice.predict(window));
}

void Choose(benchmark::State &state) {
  const Bank bank = talking_bank(int(state.range(0)), 300);
  MouthChooser chooser(bank);
  int frame = 0;
  for (auto _ : state) {
    const TargetFace target{bank.frames[std::size_t(frame) % bank.frames.size()].pose,
                            bank.frames[0].skin};
    benchmark::DoNotOptimize(chooser.choose(target, wanted_from(bank, frame++, 12), kFrameSeconds));
  }
}

void Render(benchmark::State &state) {
  const Bank bank = talking_bank(250, int(state.range(0)));
  MouthRenderer renderer(bank);
  std::size_t frame = 0;
  for (auto _ : state) {
    const BankFrame &target = bank.frames[(frame + 7) % bank.frames.size()];
    const std::size_t next = frame++ % bank.frames.size();
    benchmark::DoNotOptimize(
        renderer.render({.frame = next, .other = next}, target.landmarks, target.pose));
  }
}

BENCHMARK(SpeechToMouthFrame)->Unit(benchmark::kMillisecond);
BENCHMARK(Choose)->Arg(250)->Arg(3000)->Unit(benchmark::kMillisecond);
BENCHMARK(Render)->Arg(150)->Arg(300)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
