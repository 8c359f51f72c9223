// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/audio/mel.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "hyperlips/audio/fft.hpp"

namespace hyperlips {
namespace {

constexpr double kPreEmphasis = 0.97;
constexpr double kLowestHz = 55.0;
constexpr double kHighestHz = 7600.0;
constexpr double kFloor = 1e-5;  // amplitude of the lowest level, -100 dB
constexpr double kReferenceDb = 20.0;
constexpr int kBins = kMelFft / 2 + 1;

// Slaney's mel scale: linear below 1 kHz (15 mel), logarithmic above.
constexpr double kHzPerMel = 200.0 / 3.0;
constexpr double kBreakHz = 1000.0;
constexpr double kBreakMel = kBreakHz / kHzPerMel;

double log_step() { return std::log(6.4) / 27.0; }

double hz_to_mel(double hz) {
  return hz < kBreakHz ? hz / kHzPerMel : kBreakMel + std::log(hz / kBreakHz) / log_step();
}

double mel_to_hz(double mel) {
  return mel < kBreakMel ? mel * kHzPerMel : kBreakHz * std::exp(log_step() * (mel - kBreakMel));
}

/// The non-zero part of a band's triangle.
struct SparseBand {
  int first_bin = 0;
  std::vector<double> weights;
};

struct Tables {
  std::array<double, kMelFft> hann;
  std::array<SparseBand, kMelBands> bands;

  Tables() {
    for (int i = 0; i < kMelFft; ++i)
      hann[i] = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * i / kMelFft);
    const std::vector<float> bank = mel_filterbank();
    for (int band = 0; band < kMelBands; ++band) {
      const auto row = std::span(bank).subspan(band * kBins, kBins);
      const auto set = [](float w) { return w != 0.0f; };
      const auto first = std::find_if(row.begin(), row.end(), set);
      const auto last = std::find_if(row.rbegin(), row.rend(), set).base();
      bands[band] = {static_cast<int>(first - row.begin()), std::vector<double>(first, last)};
    }
  }
};

const Tables &tables() {
  static const Tables instance;
  return instance;
}

float normalized_level(double amplitude) {
  const double db = 20.0 * std::log10(std::max(kFloor, amplitude)) - kReferenceDb;
  return static_cast<float>(std::clamp(8.0 * (db + 100.0) / 100.0 - 4.0, -4.0, 4.0));
}

}  // namespace

std::vector<float> mel_filterbank() {
  std::array<double, kMelBands + 2> edges;
  const double low = hz_to_mel(kLowestHz);
  const double high = hz_to_mel(kHighestHz);
  for (int i = 0; i < kMelBands + 2; ++i)
    edges[i] = mel_to_hz(low + (high - low) * i / (kMelBands + 1));
  std::vector<float> bank(kMelBands * kBins);
  for (int band = 0; band < kMelBands; ++band) {
    const double norm = 2.0 / (edges[band + 2] - edges[band]);
    for (int bin = 0; bin < kBins; ++bin) {
      const double hz = static_cast<double>(bin) * kMelSampleRate / kMelFft;
      const double rise = (hz - edges[band]) / (edges[band + 1] - edges[band]);
      const double fall = (edges[band + 2] - hz) / (edges[band + 2] - edges[band + 1]);
      // librosa stores the triangle in single precision before normalization.
      const float triangle = static_cast<float>(std::max(0.0, std::min(rise, fall)));
      bank[band * kBins + bin] = static_cast<float>(triangle * norm);
    }
  }
  return bank;
}

struct MelStream::Impl {
  std::array<double, kMelFft> frame{};  // pre-emphasized samples of the next column
  std::array<double, kMelFft> windowed{};
  std::array<double, kBins> magnitudes{};
  int filled = kMelFft / 2;
  double previous = 0.0;
  bool empty = true;

  void add(double value, std::vector<MelColumn> &columns) {
    frame[filled++] = value;
    if (filled < kMelFft) return;
    columns.push_back(column());
    std::copy(frame.begin() + kMelHop, frame.end(), frame.begin());
    filled -= kMelHop;
  }

  MelColumn column() {
    const Tables &t = tables();
    for (int i = 0; i < kMelFft; ++i) windowed[i] = frame[i] * t.hann[i];
    fft_magnitudes(windowed, magnitudes);
    MelColumn result;
    for (int band = 0; band < kMelBands; ++band) {
      const SparseBand &sparse = t.bands[band];
      double sum = 0.0;
      for (std::size_t i = 0; i < sparse.weights.size(); ++i)
        sum += sparse.weights[i] * magnitudes[sparse.first_bin + i];
      result[band] = normalized_level(sum);
    }
    return result;
  }

  void reset() {
    frame.fill(0.0);
    filled = kMelFft / 2;
    previous = 0.0;
    empty = true;
  }
};

MelStream::MelStream() : impl_(std::make_unique<Impl>()) {}
MelStream::~MelStream() = default;
MelStream::MelStream(MelStream &&) noexcept = default;
MelStream &MelStream::operator=(MelStream &&) noexcept = default;

void MelStream::push(std::span<const float> samples, std::vector<MelColumn> &columns) {
  for (const float sample : samples) {
    const double value = std::isfinite(sample) ? sample : 0.0;
    impl_->add(value - kPreEmphasis * impl_->previous, columns);
    impl_->previous = value;
    impl_->empty = false;
  }
}

void MelStream::finish(std::vector<MelColumn> &columns) {
  if (!impl_->empty)
    for (int i = 0; i < kMelFft / 2; ++i) impl_->add(0.0, columns);
  impl_->reset();
}

void MelStream::reset() { impl_->reset(); }

std::vector<MelColumn> mel_spectrogram(std::span<const float> samples) {
  std::vector<MelColumn> columns;
  columns.reserve(1 + samples.size() / kMelHop);
  MelStream stream;
  stream.push(samples, columns);
  stream.finish(columns);
  return columns;
}

}  // namespace hyperlips
