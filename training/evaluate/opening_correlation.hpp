// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hyperlips::training {

/// A mouth's opening by frame, in face heights; none in frames without a face.
using Openings = std::vector<std::optional<double>>;

/// Lags are searched from -kMaxLag to kMaxLag frames.
inline constexpr int kMaxLag = 8;
/// Independent samples of a mouth's opening per second: speech moves it at up to about 4 Hz.
inline constexpr double kIndependentRate = 8;
/// The fewest frames for which the best lag is searched.
inline constexpr std::int64_t kFewestForLag = 31;

/// A correlation at a lag. Positive: the measured series is late by so many frames.
struct Lagged {
  int frames = 0;
  double r = 0;
};

/// Pearson correlation of two series of openings of one clip, or pooled over several clips.
struct OpeningCorrelation {
  double r = 0;
  /// (1 - r^2) / sqrt(samples - 2 clips), with a divisor of at least 1.
  double standard_error = 0;
  std::int64_t clips = 1, frames = 0;
  double samples = 0;  ///< independent ones, kIndependentRate per second
  /// The best of all lags; none for fewer than kFewestForLag frames.
  std::optional<Lagged> best;
  /// Pooled over two or more clips: the standard error from the spread of the clips' correlations.
  std::optional<double> spread_error;

  struct AtLag {
    double r = 0, samples = 0;
  };
  std::array<AtLag, 2 * kMaxLag + 1> lags;  ///< from -kMaxLag on
};

/// Pearson correlation of pairs; none for fewer than two pairs or a constant side.
std::optional<double> correlation(const std::vector<std::array<double, 2>> &pairs);

/// Correlates frame by frame what was measured with the reference, over frames with both. None if
/// correlation() has none.
std::optional<OpeningCorrelation> correlate(const Openings &reference, const Openings &measured,
                                            double frame_rate);

/// Pools clips: the correlation of the concatenated series, each of which was standardized within
/// its clip (mean 0, deviation 1), so differences between people do not count. It equals the mean
/// of the clips' correlations weighted by duration; lags too. None without clips.
std::optional<OpeningCorrelation> pool(std::span<const OpeningCorrelation> clips);

}  // namespace hyperlips::training
