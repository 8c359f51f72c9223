// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/synth/speech_noise.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "training/synth/spectrum.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

double energy(std::span<const float> samples) {
  double sum = 0;
  for (const float sample : samples) sum += double(sample) * sample;
  return sum;
}

std::vector<float> make_hum(std::size_t count, int rate, std::uint64_t seed) {
  Random random(seed, 2);
  const float mains = random.chance(0.5f) ? 50 : 60;
  std::vector<float> hum(count);
  for (int harmonic = 1; harmonic <= 12; ++harmonic) {
    // Rectifiers emphasize even harmonics.
    const float amplitude = random.uniform(0.2f, 1) * (harmonic % 2 ? 0.6f : 1) /
                            std::sqrt(static_cast<float>(harmonic));
    const double step = 2 * std::numbers::pi * mains * harmonic / rate,
                 phase = 2 * std::numbers::pi * random.uniform();
    for (std::size_t n = 0; n < count; ++n)
      hum[n] += amplitude * static_cast<float>(std::sin(phase + step * static_cast<double>(n)));
  }
  return hum;
}

}  // namespace

const char *to_string(NoiseKind kind) {
  constexpr const char *kNames[] = {"none", "white", "pink", "brown", "hum", "babble"};
  return kNames[static_cast<int>(kind)];
}

std::vector<float> make_noise(NoiseKind kind, std::size_t count, int rate, std::uint64_t seed) {
  if (kind == NoiseKind::Hum) return make_hum(count, rate, seed);
  std::vector<float> noise(count);
  Random random(seed, 1);
  for (float &sample : noise) sample = random.normal();
  if (kind == NoiseKind::White) return noise;
  const float slope = kind == NoiseKind::Pink ? -0.5f : -1;
  filter(noise, rate, [&](float hz) {
    constexpr float kInaudible = 40;
    return hz < kInaudible ? 0 : std::pow(hz / kInaudible, slope);
  });
  return noise;
}

float speech_level(std::span<const float> samples, int rate) {
  const auto piece = static_cast<std::size_t>(rate / 50);
  std::vector<double> pieces;
  for (std::size_t at = 0; at + piece <= samples.size(); at += piece)
    pieces.push_back(energy(samples.subspan(at, piece)));
  if (pieces.empty()) return 0;
  const double loudest = std::ranges::max(pieces);
  double sum = 0;
  std::size_t count = 0;
  for (const double value : pieces) {
    if (value < 1e-4 * loudest || value == 0) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? 0 : static_cast<float>(std::sqrt(sum / double(count * piece)));
}

void add_noise(std::span<float> samples, std::span<const float> noise, int rate, float snr_db) {
  const float speech = speech_level(samples, rate);
  const double level = std::sqrt(energy(noise) / std::max<double>(1, double(noise.size())));
  if (speech == 0 || level == 0) return;
  const auto gain =
      static_cast<float>(double(speech) / level * std::pow(10.0, -0.05 * double(snr_db)));
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += gain * noise[i];
}

}  // namespace hyperlips::training
