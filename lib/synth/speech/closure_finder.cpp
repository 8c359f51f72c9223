// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/closure_finder.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "synth/speech/espeak.hpp"

namespace hyperlips::synth {
namespace {

constexpr std::int64_t kBurst = samples_of(0.004), kMurmur = samples_of(0.012);
constexpr std::int64_t kStep = samples_of(0.0003);
constexpr float kSilence = 0.003f;  // of full scale
// Ratios of the high frequencies of a burst to those of the closure: needed, and unmistakable.
constexpr float kSomeRise = 1.5f, kClearRise = 4;

}  // namespace

ClosureFinder::ClosureFinder(std::span<const std::int16_t> samples) : samples_(samples) {
  for (std::int64_t at = 0; at < std::ssize(samples_); at += kBurst)
    roughest_ = std::max(roughest_, roughness(at, at + kBurst));
}

/// Second difference of the sound at a sample, a high-pass that suppresses voicing.
int ClosureFinder::bend(std::int64_t at) const {
  if (at < 2 || at >= std::ssize(samples_)) return 0;
  const std::int16_t *sample = samples_.data() + at;
  return std::abs(sample[0] - 2 * sample[-1] + sample[-2]);
}

/// Root mean square of bend() from `first` to `last`, of full scale.
float ClosureFinder::roughness(std::int64_t first, std::int64_t last) const {
  double sum = 0;
  for (std::int64_t i = first; i < last; ++i) sum += static_cast<double>(bend(i)) * bend(i);
  return static_cast<float>(std::sqrt(sum / static_cast<double>(last - first)) / 32768);
}

float ClosureFinder::loudness(std::int64_t first, std::int64_t last) const {
  first = std::clamp<std::int64_t>(first, 0, std::ssize(samples_));
  last = std::clamp<std::int64_t>(last, first, std::ssize(samples_));
  if (first == last) return 0;
  double sum = 0;
  for (std::int64_t i = first; i < last; ++i) {
    const double sample = samples_[static_cast<std::size_t>(i)];
    sum += sample * sample;
  }
  return static_cast<float>(std::sqrt(sum / static_cast<double>(last - first)) / 32768);
}

std::optional<std::int64_t> ClosureFinder::release(std::int64_t first, std::int64_t last) const {
  const float floor = 0.005f * roughest_ + 1e-5f;
  float best = kSomeRise;
  std::optional<std::int64_t> found;
  for (std::int64_t at = std::max<std::int64_t>(first, 0); at <= last; at += kStep) {
    if (best > kClearRise && at > *found + kBurst) break;
    float murmur = 0;
    for (std::int64_t before = at - kMurmur; before < at; before += kBurst)
      murmur = std::max(murmur, roughness(before, before + kBurst));
    const float rise = roughness(at, at + kBurst) / (murmur + floor);
    if (rise <= best) continue;
    best = rise;
    found = at;
  }
  if (!found) return found;
  int most = 0;
  for (std::int64_t i = *found; i < *found + kBurst; ++i) most = std::max(most, bend(i));
  for (std::int64_t i = *found - kBurst / 4; i < *found + kBurst; ++i)
    if (bend(i) * 4 > most) return std::max<std::int64_t>(i, 0);
  return found;
}

std::int64_t ClosureFinder::silence_before(std::int64_t end, std::int64_t first) const {
  constexpr std::int64_t kWindow = samples_of(0.002);
  std::int64_t begin = end;
  while (begin - kWindow >= first && loudness(begin - kWindow, begin) < kSilence) begin -= kWindow;
  return begin;
}

}  // namespace hyperlips::synth
