// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/synth/babble.hpp"

#include "hyperlips/audio/mel.hpp"
#include "hyperlips/synth/performance.hpp"
#include "training/synth/speech_noise.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

constexpr std::uint64_t kStreamBabble = 1003;  // another one than those of synth_clip.cpp

}  // namespace

std::vector<float> babble(const std::string &language, std::uint64_t seed, std::size_t count) {
  Random random(seed, kStreamBabble);
  const int people = 3 + random.below(4);
  std::vector<float> sum(count), voice(count);
  for (int i = 0; i < people; ++i) {
    synth::PerformanceOptions options;
    options.seed = random.bits();
    options.language = language;
    synth::Performance person(options);
    person.sound(random.below(5 * kMelSampleRate), kMelSampleRate, voice);
    const float level = speech_level(voice, kMelSampleRate), gain = random.uniform(0.4f, 1);
    if (level == 0) continue;
    for (std::size_t n = 0; n < count; ++n) sum[n] += gain / level * voice[n];
  }
  return sum;
}

}  // namespace hyperlips::training
