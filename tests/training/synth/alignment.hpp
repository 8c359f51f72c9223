// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

namespace hyperlips::test {

/// Delay of `b` relative to `a` in samples, up to `reach`: the maximum of their correlation.
inline int delay_of(std::span<const float> a, std::span<const float> b, int reach) {
  const auto size = static_cast<std::int64_t>(std::min(a.size(), b.size()));
  double best = -1e300;
  int found = 0;
  for (int lag = -reach; lag <= reach; ++lag) {
    double sum = 0;
    for (std::int64_t n = std::max(0, -lag); n < size - std::max(0, lag); ++n)
      sum += double(a[std::size_t(n)]) * b[std::size_t(n + lag)];
    if (sum > best) {
      best = sum;
      found = lag;
    }
  }
  return found;
}

/// Loudness at each sample in Hann windows of `seconds`, minus its mean.
inline std::vector<float> loudness(std::span<const float> samples, int rate, double seconds) {
  const auto reach = static_cast<std::int64_t>(seconds * rate / 2);
  std::vector<float> window;
  for (std::int64_t k = -reach; k <= reach; ++k)
    window.push_back(float(0.5 + 0.5 * std::cos(std::numbers::pi * double(k) / double(reach + 1))));
  std::vector<float> out(samples.size());
  double mean = 0;
  for (std::int64_t n = 0; n < std::ssize(samples); ++n) {
    double sum = 0;
    for (std::int64_t k = std::max(-reach, -n); k <= std::min(reach, std::ssize(samples) - 1 - n);
         ++k)
      sum += window[std::size_t(k + reach)] * samples[std::size_t(n + k)] *
             samples[std::size_t(n + k)];
    out[std::size_t(n)] = float(std::sqrt(sum));
    mean += out[std::size_t(n)];
  }
  mean /= double(samples.size());
  for (float &value : out) value -= float(mean);
  return out;
}

/// A vowel: a pulse train filtered by two resonances.
inline std::vector<float> vowel(double pitch, double formant, int rate, double seconds) {
  std::vector<float> samples(std::size_t(rate * seconds));
  double phase = 0;
  for (float &sample : samples) {
    phase += pitch / rate;
    if (phase >= 1) {
      phase -= 1;
      sample = 1;
    }
  }
  for (const double hz : {formant, 2.7 * formant}) {
    const double radius = std::exp(-std::numbers::pi * 90 / rate),
                 turn = 2 * radius * std::cos(2 * std::numbers::pi * hz / rate);
    double last = 0, before = 0;
    for (float &sample : samples) {
      const double value = sample + turn * last - radius * radius * before;
      before = last;
      last = value;
      sample = float(value * (1 - radius));
    }
  }
  const float peak = *std::ranges::max_element(samples);
  for (float &sample : samples) sample *= 0.5f / peak;
  return samples;
}

}  // namespace hyperlips::test
