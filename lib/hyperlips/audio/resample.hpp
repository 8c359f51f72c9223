// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hyperlips {

/// Band-limited change of a sampling rate at any place of a signal (Smith and Gossett 1984: a table
/// of a Kaiser-windowed sinc, read with linear interpolation). Output sample n lies at exactly
/// n / to_rate seconds and depends on the input around it alone, so that a signal comes out the
/// same in pieces of any size. Pass band to 0.42 of the lower rate, ripple and aliases below -80
/// dB.
class Resampler {
 public:
  /// Rates in Hz. Throws Error{Settings} where one is not positive.
  Resampler(int from_rate, int to_rate);

  struct Range {
    std::int64_t first, count;
  };
  /// The samples of input that `count` samples of output from `first` on depend on.
  Range input_for(std::int64_t first, std::int64_t count) const;
  /// Writes the samples of output from `first` on; `input` holds those of input_for() for them.
  void resample(std::span<const float> input, std::int64_t first, std::span<float> output) const;

 private:
  /// The weights of the 2 reach_ samples of input around a place that lies `phase` / to_ behind
  /// one.
  void weigh(std::int64_t phase, std::span<float> weights) const;

  std::int64_t from_, to_;  // without their common divisor
  double step_;             // of the table, for one sample of input
  std::int64_t reach_;      // samples of input on each side
  std::vector<float>
      table_;  // one side of the impulse response, kResolution values a zero crossing
  std::vector<float> phases_;  // (to_, 2 reach_) weights, empty where to_ is large
};

}  // namespace hyperlips
