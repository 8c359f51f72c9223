// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace hyperlips {

/// One step of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
/// 2014), a 64-bit hash.
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

/// Pseudorandom numbers that are identical on all compilers and libraries. Each purpose draws from
/// its own stream of a seed, so that adding one does not change the others, and a run that is
/// resumed or distributed over processes draws the same numbers. Not cryptographically secure.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(seed) ^ mix(~stream)) {}

  /// The stream of one item, for example of the sample `index` of a dataset.
  Random(std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
    std::uint64_t name = 0xcbf29ce484222325u;  // FNV-1a
    for (const char c : purpose) name = (name ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    state_ = mix(mix(mix(seed) ^ name) ^ mix(~index));
  }

  /// 64 random bits.
  std::uint64_t bits() { return mix(state_++); }

  /// 0 ... n - 1, each equally likely; n must be at least 1.
  std::uint64_t below(std::uint64_t n) {
    const std::uint64_t unfair = (0 - n) % n;  // 2^64 modulo n values too many
    std::uint64_t value = bits();
    while (value < unfair) value = bits();
    return value % n;
  }
  int below(int n) { return static_cast<int>(below(static_cast<std::uint64_t>(n))); }

  /// 0 <= value < 1, in steps of 2^-24.
  float uniform() { return static_cast<float>(bits() >> 40) * 0x1p-24f; }
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  /// 0 <= value < 1, in steps of 2^-53.
  double uniform_double() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

  /// True with this probability.
  bool chance(float probability) { return uniform() < probability; }

  /// Mean 0, standard deviation 1 (Box and Muller).
  float normal() {
    const float radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi_v<float> * uniform());
  }

 private:
  std::uint64_t state_;
};

}  // namespace hyperlips
