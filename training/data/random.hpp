// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace hyperlips::training {

/// Reproducible random numbers without shared state: each (seed, purpose, index) has a stream of its
/// own, so that a run that is resumed or spread over processes draws what one that is not would.
/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). Not for
/// secrets.
class Random {
 public:
  Random(std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
    std::uint64_t name = 0xCBF29CE484222325;  // FNV-1a
    for (const char c : purpose) name = (name ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    state_ = mix(mix(mix(seed + kStep) ^ name) + (index + 1) * kStep);
  }

  /// 64 bits.
  std::uint64_t next() { return mix(state_ += kStep); }

  /// 0 ... n - 1, each equally likely; n must be at least 1.
  std::uint64_t below(std::uint64_t n) {
    const std::uint64_t unfair = (0 - n) % n;  // 2^64 modulo n values too many
    std::uint64_t bits = next();
    while (bits < unfair) bits = next();
    return bits % n;
  }

  /// 0 <= value < 1, in steps of 2^-53.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// True with this probability.
  bool bernoulli(double probability) { return uniform() < probability; }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;

  static constexpr std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace hyperlips::training
