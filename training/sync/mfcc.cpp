// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/sync/mfcc.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "hyperlips/audio/fft.hpp"

namespace hyperlips::training {
namespace {

constexpr int kRate = 16000, kFrame = 400, kStep = 160, kFft = 512, kBins = kFft / 2 + 1;
constexpr int kFilters = 26;
constexpr double kPreEmphasis = 0.97, kLifter = 22;

using Filterbank = std::array<std::array<double, kBins>, kFilters>;

/// Triangular filters with corners equally spaced in mels and rounded down to bins.
Filterbank make_filterbank() {
  const auto mel = [](double hz) { return 2595 * std::log10(1 + hz / 700); };
  const auto hertz = [](double mel) { return 700 * (std::pow(10, mel / 2595) - 1); };
  std::array<int, kFilters + 2> corner;
  for (int i = 0; i < kFilters + 2; ++i) {
    corner[i] = int((kFft + 1) * hertz(mel(kRate / 2.0) * i / (kFilters + 1)) / kRate);
  }
  // The last corner is exactly half the sample rate; rounding errors must not lower it by a bin.
  corner.back() = (kFft + 1) / 2;
  Filterbank bank{};
  for (int j = 0; j < kFilters; ++j) {
    const int a = corner[j], b = corner[j + 1], c = corner[j + 2];
    for (int i = a; i < b; ++i) bank[j][i] = double(i - a) / (b - a);
    for (int i = b; i < c; ++i) bank[j][i] = double(c - i) / (c - b);
  }
  return bank;
}

/// Orthonormal DCT-II, then the lifter.
std::array<std::array<double, kFilters>, kMfccBands> make_cosines() {
  std::array<std::array<double, kFilters>, kMfccBands> cosines;
  for (int k = 0; k < kMfccBands; ++k) {
    const double lift = 1 + kLifter / 2 * std::sin(std::numbers::pi * k / kLifter);
    const double scale = lift * std::sqrt((k == 0 ? 1.0 : 2.0) / kFilters);
    for (int n = 0; n < kFilters; ++n) {
      cosines[k][n] = scale * std::cos(std::numbers::pi * k * (2 * n + 1) / (2 * kFilters));
    }
  }
  return cosines;
}

double log_of(double energy) {
  return std::log(energy == 0 ? std::numeric_limits<double>::epsilon() : energy);
}

}  // namespace

std::vector<std::array<double, kMfccBands>> mfcc(std::span<const float> samples) {
  if (samples.empty()) return {};
  static const Filterbank bank = make_filterbank();
  static const auto cosines = make_cosines();
  const std::size_t size = samples.size();
  std::vector<double> signal(size);
  for (std::size_t i = 0; i < size; ++i) {
    signal[i] = std::clamp(std::nearbyint(samples[i] * 32768.0), -32768.0, 32767.0);
  }
  for (std::size_t i = size - 1; i > 0; --i) signal[i] -= kPreEmphasis * signal[i - 1];

  const std::size_t count = size <= kFrame ? 1 : 1 + (size - kFrame + kStep - 1) / kStep;
  std::vector<std::array<double, kMfccBands>> columns(count);
  std::array<double, kFft> frame;
  std::array<double, kBins> spectrum;
  for (std::size_t n = 0; n < count; ++n) {
    frame.fill(0);
    const std::size_t start = n * kStep;
    std::copy_n(signal.begin() + start, std::min<std::size_t>(kFrame, size - start), frame.begin());
    fft_magnitudes(frame, spectrum);
    double energy = 0;
    for (double &value : spectrum) {
      value = value * value / kFft;
      energy += value;
    }
    std::array<double, kFilters> bands;
    for (int j = 0; j < kFilters; ++j) {
      double sum = 0;
      for (int i = 0; i < kBins; ++i) sum += bank[j][i] * spectrum[i];
      bands[j] = log_of(sum);
    }
    for (int k = 0; k < kMfccBands; ++k) {
      columns[n][k] = 0;
      for (int j = 0; j < kFilters; ++j) columns[n][k] += cosines[k][j] * bands[j];
    }
    columns[n][0] = log_of(energy);
  }
  return columns;
}

}  // namespace hyperlips::training
