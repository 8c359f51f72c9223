// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace hyperlips {

/// The 1 Euro filter (Casiez et al., CHI 2012) for `N` values of the same unit: a low pass whose
/// cut-off frequency grows with the speed, so that noise at rest is averaged and fast motion is
/// followed with little lag.
template <std::size_t N>
class OneEuroFilter {
 public:
  using Values = std::array<double, N>;

  /// Begins with these values.
  void start(const Values &values) {
    for (std::size_t i = 0; i < N; ++i) channels_[i] = {values[i], 0};
  }

  /// The filtered values, `interval` seconds after the last ones; 0 seconds change nothing. `unit`:
  /// the present size of the face, in the unit of the values.
  Values next(const Values &values, double unit, double interval) {
    Values filtered;
    for (std::size_t i = 0; i < N; ++i) {
      Channel &channel = channels_[i];
      if (interval > 0) {
        const double slope = (values[i] - channel.value) / unit / interval;
        channel.slope += new_weight(kSlopeCutoff, interval) * (slope - channel.slope);
        const double cutoff = kRestCutoff + kMotionCutoff * std::abs(channel.slope);
        channel.value += new_weight(cutoff, interval) * (values[i] - channel.value);
      }
      filtered[i] = channel.value;
    }
    return filtered;
  }

 private:
  // At rest, noise is averaged over about five frames at 25 fps; at half a face size per second,
  // the result lags by about 2 % of the face.
  static constexpr double kRestCutoff = 1;     // Hz
  static constexpr double kMotionCutoff = 10;  // Hz per face size per second
  static constexpr double kSlopeCutoff = 2;    // Hz

  struct Channel {
    double value = 0, slope = 0;
  };
  std::array<Channel, N> channels_{};

  /// The weight of a new value in a low-pass filter with this cut-off frequency.
  static double new_weight(double cutoff, double interval) {
    const double turns = 2 * std::numbers::pi * cutoff * interval;
    return turns / (turns + 1);
  }
};

}  // namespace hyperlips
