// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/opening_correlation.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips::training {
namespace {

/// Pairs of the frames with both, `lag` frames apart.
std::vector<std::array<double, 2>> pairs_at(const Openings &reference, const Openings &measured,
                                            int lag) {
  const auto count = std::ptrdiff_t(std::min(reference.size(), measured.size()));
  std::vector<std::array<double, 2>> pairs;
  for (std::ptrdiff_t i = std::max(0, -lag); i < count && i + lag < count; ++i) {
    const auto &a = reference[std::size_t(i)], &b = measured[std::size_t(i + lag)];
    if (a && b) pairs.push_back({*a, *b});
  }
  return pairs;
}

double standard_error(const OpeningCorrelation &of) {
  return (1 - of.r * of.r) / std::sqrt(std::max(1.0, of.samples - 2 * double(of.clips)));
}

std::optional<Lagged> best_lag(const OpeningCorrelation &of) {
  if (of.frames < kFewestForLag) return std::nullopt;
  const auto best = std::max_element(of.lags.begin(), of.lags.end(),
                                     [](const auto &a, const auto &b) { return a.r < b.r; });
  return Lagged{int(best - of.lags.begin()) - kMaxLag, best->r};
}

}  // namespace

std::optional<double> correlation(const std::vector<std::array<double, 2>> &pairs) {
  // Rounded sums do not show that a side is constant.
  const auto constant = [&](std::size_t side) {
    return std::all_of(pairs.begin(), pairs.end(),
                       [&](const auto &pair) { return pair[side] == pairs.front()[side]; });
  };
  if (pairs.size() < 2 || constant(0) || constant(1)) return std::nullopt;
  double mean_a = 0, mean_b = 0;
  for (const auto &[a, b] : pairs) {
    mean_a += a / double(pairs.size());
    mean_b += b / double(pairs.size());
  }
  double aa = 0, bb = 0, ab = 0;
  for (const auto &[a, b] : pairs) {
    aa += (a - mean_a) * (a - mean_a);
    bb += (b - mean_b) * (b - mean_b);
    ab += (a - mean_a) * (b - mean_b);
  }
  return std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0);
}

std::optional<OpeningCorrelation> correlate(const Openings &reference, const Openings &measured,
                                            double frame_rate) {
  OpeningCorrelation found;
  for (int lag = -kMaxLag; lag <= kMaxLag; ++lag) {
    const auto pairs = pairs_at(reference, measured, lag);
    const std::optional<double> r = correlation(pairs);
    if (lag == 0) {
      if (!r) return std::nullopt;
      found.r = *r;
      found.frames = std::int64_t(pairs.size());
    }
    // A constant side at another lag only says that it is not the best.
    found.lags[std::size_t(lag + kMaxLag)] = {r.value_or(0),
                                              double(pairs.size()) * kIndependentRate / frame_rate};
  }
  found.samples = found.lags[kMaxLag].samples;
  found.standard_error = standard_error(found);
  found.best = best_lag(found);
  return found;
}

std::optional<OpeningCorrelation> pool(std::span<const OpeningCorrelation> clips) {
  if (clips.empty()) return std::nullopt;
  if (clips.size() == 1) return clips.front();
  OpeningCorrelation pooled;
  pooled.clips = 0;
  for (const OpeningCorrelation &clip : clips) {
    pooled.clips += clip.clips;
    pooled.frames += clip.frames;
    pooled.samples += clip.samples;
    for (std::size_t i = 0; i < pooled.lags.size(); ++i) {
      pooled.lags[i].r += clip.lags[i].r * clip.lags[i].samples;
      pooled.lags[i].samples += clip.lags[i].samples;
    }
  }
  for (OpeningCorrelation::AtLag &lag : pooled.lags) lag.r /= std::max(lag.samples, 1e-9);
  pooled.r = pooled.lags[kMaxLag].r;
  pooled.standard_error = standard_error(pooled);
  pooled.best = best_lag(pooled);
  double squares = 0;
  for (const OpeningCorrelation &clip : clips) {
    const double weight = clip.samples / pooled.samples;
    squares += weight * weight * (clip.r - pooled.r) * (clip.r - pooled.r);
  }
  const auto count = double(clips.size());
  pooled.spread_error = std::sqrt(squares * count / (count - 1));
  return pooled;
}

}  // namespace hyperlips::training
