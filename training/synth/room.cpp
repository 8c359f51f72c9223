// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/synth/room.hpp"

#include <algorithm>
#include <cmath>

#include "util/random.hpp"

namespace hyperlips::training {

std::vector<float> room_response(const Room &room, int rate, std::uint64_t seed) {
  constexpr float kMinus60dB = 6.9078f;  // ln 1000
  Random early(seed, 1), late(seed, 2);
  const auto samples = static_cast<float>(rate);
  std::vector<float> response(
      static_cast<std::size_t>(std::max(0.06f, 1.1f * room.decay) * samples));
  // Early reflections: single copies of the voice.
  const int reflections = 4 + early.below(9);
  for (int i = 0; i < reflections; ++i) {
    const float time = early.uniform(0.001f, 0.05f);
    response[static_cast<std::size_t>(time * samples)] +=
        early.uniform(0.3f, 1.0f) * (early.chance(0.2f) ? -1.0f : 1.0f) *
        std::exp(-kMinus60dB * time / room.decay) * 6;
  }
  const float onset = late.uniform(0.003f, 0.015f);
  float dull = 0;
  for (std::size_t n = static_cast<std::size_t>(onset * samples); n < response.size(); ++n) {
    const float time = static_cast<float>(n) / samples;
    const float noise = late.normal();
    dull += 0.25f * (noise - dull);
    response[n] += 2 * dull * std::exp(-kMinus60dB * time / room.decay) +
                   0.5f * noise * std::exp(-2 * kMinus60dB * time / room.decay);
  }
  response[0] = 0;
  double energy = 1e-12;
  for (const float value : response) energy += double(value) * value;
  const auto scale = static_cast<float>(std::sqrt(std::pow(10.0, -0.1 * room.direct_db) / energy));
  for (float &value : response) value *= scale;
  response[0] = 1;
  return response;
}

}  // namespace hyperlips::training
