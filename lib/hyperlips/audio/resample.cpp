// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/audio/resample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

constexpr int kZeroCrossings = 32;
constexpr int kResolution = 512;
constexpr std::int64_t kMaxPhases = 2048;
constexpr double kKaiserBeta = 8.6;  // side lobes below -80 dB
constexpr double kCutoff = 0.92;     // as a fraction of half the lower rate

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace

Resampler::Resampler(int from_rate, int to_rate) : from_(from_rate), to_(to_rate) {
  if (from_rate <= 0 || to_rate <= 0)
    throw Error(ErrorKind::Settings, "Cannot resample from " + std::to_string(from_rate) +
                                         " Hz to " + std::to_string(to_rate) +
                                         " Hz; both rates must be positive.");
  const std::int64_t divisor = std::gcd(from_, to_);
  from_ /= divisor;
  to_ /= divisor;
  const double cutoff =
      kCutoff * std::min(1.0, static_cast<double>(to_) / static_cast<double>(from_));
  step_ = cutoff * kResolution;
  reach_ = static_cast<std::int64_t>(std::ceil(kZeroCrossings / cutoff));
  table_.resize(kZeroCrossings * kResolution + 2);
  for (int i = 0; i <= kZeroCrossings * kResolution; ++i) {
    const double x = static_cast<double>(i) / kResolution;
    const double sinc = i ? std::sin(std::numbers::pi * x) / (std::numbers::pi * x) : 1;
    const double edge = x / kZeroCrossings;
    table_[static_cast<std::size_t>(i)] = static_cast<float>(
        cutoff * sinc *
        std::cyl_bessel_i(0, kKaiserBeta * std::sqrt(std::max(0.0, 1 - edge * edge))) /
        std::cyl_bessel_i(0, kKaiserBeta));
  }
  if (to_ > kMaxPhases) return;
  const auto taps = static_cast<std::size_t>(2 * reach_);
  std::vector<float> phases(static_cast<std::size_t>(to_) * taps);
  for (std::int64_t phase = 0; phase < to_; ++phase)
    weigh(phase, std::span(phases).subspan(static_cast<std::size_t>(phase) * taps, taps));
  phases_ = std::move(phases);
}

Resampler::Range Resampler::input_for(std::int64_t first, std::int64_t count) const {
  if (count <= 0) return {floor_div(first * from_, to_), 0};
  const std::int64_t begin = floor_div(first * from_, to_) - reach_ + 1;
  const std::int64_t end = floor_div((first + count - 1) * from_, to_) + reach_ + 1;
  return {begin, end - begin};
}

void Resampler::weigh(std::int64_t phase, std::span<float> weights) const {
  const double limit = kZeroCrossings * kResolution;
  const double offset = static_cast<double>(phase) / static_cast<double>(to_);
  for (std::size_t tap = 0; tap < weights.size(); ++tap) {
    const double distance =
        static_cast<double>(static_cast<std::int64_t>(tap) - reach_ + 1) - offset;
    const double at = std::min(std::abs(distance) * step_, limit);
    const auto index = static_cast<std::size_t>(at);
    const auto part = static_cast<float>(at - static_cast<double>(index));
    weights[tap] = table_[index] + (table_[index + 1] - table_[index]) * part;
  }
}

void Resampler::resample(std::span<const float> input, std::int64_t first,
                         std::span<float> output) const {
  const std::int64_t begin = input_for(first, static_cast<std::int64_t>(output.size())).first;
  const auto taps = static_cast<std::size_t>(2 * reach_);
  std::vector<float> weights(phases_.empty() ? taps : 0);
  for (std::size_t n = 0; n < output.size(); ++n) {
    const std::int64_t position = (first + static_cast<std::int64_t>(n)) * from_;
    const std::int64_t whole = floor_div(position, to_), phase = position - whole * to_;
    const float *at = input.data() + (whole - reach_ + 1 - begin);
    const float *weight = weights.data();
    if (phases_.empty())
      weigh(phase, weights);
    else
      weight = phases_.data() + static_cast<std::size_t>(phase) * taps;
    // Independent sums, which the compiler vectorizes.
    constexpr std::size_t kLanes = 8;
    std::array<float, kLanes> sums = {};
    std::size_t tap = 0;
    for (; tap + kLanes <= taps; tap += kLanes)
      for (std::size_t lane = 0; lane < kLanes; ++lane)
        sums[lane] += weight[tap + lane] * at[tap + lane];
    for (; tap < taps; ++tap) sums[0] += weight[tap] * at[tap];
    output[n] = std::accumulate(sums.begin(), sums.end(), 0.0f);
  }
}

}  // namespace hyperlips
