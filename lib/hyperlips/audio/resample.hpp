// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hyperlips {

/// Band-limited conversion of the sample rate, with random access (Smith and Gossett 1984: a
/// tabulated Kaiser-windowed sinc with linear interpolation). Output sample n is at exactly
/// n / to_rate seconds and depends only on the input around it, so that the result does not depend
/// on how a signal is divided into chunks. The pass band ends at 0.42 of the lower rate; ripple and
/// aliasing are below -80 dB. Thread-safe.
class Resampler {
 public:
  /// Rates are in Hz. Throws Error{Settings} unless both are positive.
  Resampler(int from_rate, int to_rate);

  /// Indices of samples; negative ones are before the start of the signal.
  struct Range {
    std::int64_t first, count;
  };
  /// The input samples on which `count` output samples from `first` on depend.
  Range input_for(std::int64_t first, std::int64_t count) const;
  /// Writes the output samples from `first` on. `input` holds the samples of input_for().
  void resample(std::span<const float> input, std::int64_t first, std::span<float> output) const;

 private:
  /// Computes the weights of the 2 reach_ input samples around a position `phase` / to_ after one.
  void weigh(std::int64_t phase, std::span<float> weights) const;

  std::int64_t from_, to_;  // divided by their greatest common divisor
  double step_;             // table entries per input sample
  std::int64_t reach_;      // input samples on each side
  // One side of the impulse response, kResolution values per zero crossing.
  std::vector<float> table_;
  std::vector<float> phases_;  // (to_, 2 reach_) weights; empty if to_ is large
};

}  // namespace hyperlips
