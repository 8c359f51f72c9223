// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/release.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "synth/espeak.hpp"

namespace hyperlips::synth {
namespace {

constexpr std::int64_t samples_of(double seconds) {
  return static_cast<std::int64_t>(seconds * kSpeechRate);
}

constexpr std::int64_t kBurst = samples_of(0.004), kMurmur = samples_of(0.012);
constexpr std::int64_t kStep = samples_of(0.0003);
constexpr float kSilence = 0.003f;  // of full scale

}  // namespace

ClosureFinder::ClosureFinder(std::span<const std::int16_t> samples) : samples_(samples) {
  for (std::int64_t at = 0; at < std::ssize(samples_); at += kBurst)
    loudest_change_ = std::max(loudest_change_, change(at, at + kBurst));
}

/// Root mean square of the differences between samples, which all but leave out a murmur.
float ClosureFinder::change(std::int64_t first, std::int64_t last) const {
  first = std::clamp<std::int64_t>(first, 1, std::ssize(samples_));
  last = std::clamp<std::int64_t>(last, first, std::ssize(samples_));
  if (first == last) return 0;
  double sum = 0;
  for (std::int64_t i = first; i < last; ++i) {
    const double step =
        samples_[static_cast<std::size_t>(i)] - samples_[static_cast<std::size_t>(i - 1)];
    sum += step * step;
  }
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
  const float floor = 0.02f * loudest_change_ + 1e-5f;
  float best = 1.5f;
  std::optional<std::int64_t> found;
  for (std::int64_t at = std::max<std::int64_t>(first, 0); at <= last; at += kStep) {
    float murmur = 0;
    for (std::int64_t before = at - kMurmur; before < at; before += kBurst)
      murmur = std::max(murmur, change(before, before + kBurst));
    const float rise = change(at, at + kBurst) / (murmur + floor);
    if (rise <= best) continue;
    best = rise;
    found = at;
  }
  if (!found) return found;
  // The first sample of the rise that moves as the burst does.
  int most = 0;
  auto step = [&](std::int64_t i) {
    if (i < 1 || i >= std::ssize(samples_)) return 0;
    return std::abs(samples_[static_cast<std::size_t>(i)] -
                    samples_[static_cast<std::size_t>(i - 1)]);
  };
  for (std::int64_t i = *found; i < *found + kBurst; ++i) most = std::max(most, step(i));
  for (std::int64_t i = *found - samples_of(0.001); i < *found + kBurst; ++i)
    if (step(i) * 4 > most) return std::max<std::int64_t>(i, 0);
  return found;
}

std::int64_t ClosureFinder::silence_before(std::int64_t end, std::int64_t first) const {
  constexpr std::int64_t kWindow = samples_of(0.002);
  std::int64_t begin = end;
  while (begin - kWindow >= first && loudness(begin - kWindow, begin) < kSilence) begin -= kWindow;
  return begin;
}

}  // namespace hyperlips::synth
