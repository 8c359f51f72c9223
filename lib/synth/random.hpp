// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace hyperlips::synth {

/// One step of SplitMix64 (Steele, Lea, Flood 2014): a well mixed value for every value.
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

/// Random numbers that are the same with every compiler and library. Each thing that a seed decides
/// draws from a stream of its own, so that a new thing does not change the others.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(seed) ^ mix(~stream)) {}

  std::uint64_t bits() { return mix(state_++); }
  /// 0 ... 1, without 1.
  float uniform() { return static_cast<float>(bits() >> 40) * 0x1p-24f; }
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  bool chance(float probability) { return uniform() < probability; }
  /// 0 ... count - 1.
  int below(int count) { return static_cast<int>(bits() % static_cast<std::uint64_t>(count)); }
  /// Mean 0, deviation 1 (Box and Muller).
  float normal() {
    const float radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi_v<float> * uniform());
  }

 private:
  std::uint64_t state_;
};

/// The streams of one seed.
enum Stream : std::uint64_t {
  kStreamText = 1,
  kStreamVoice,
  kStreamArticulation,
  kStreamBehaviour,
  kStreamShape,
  kStreamSkin,
  kStreamHair,
  kStreamGlasses,
  kStreamClothes,
  kStreamBackdrop,
  kStreamLight,
  kStreamCamera,
  kStreamNoise,
};

}  // namespace hyperlips::synth
