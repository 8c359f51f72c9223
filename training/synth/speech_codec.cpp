// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/synth/speech_codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numbers>
#include <vector>

#include "hyperlips/audio/mel.hpp"
#include "training/synth/spectrum.hpp"

namespace hyperlips::training {
namespace {

int to_int16(float sample) {
  return static_cast<int>(std::lround(std::clamp(sample, -1.0f, 1.0f) * 32767));
}

/// G.711 mu-law, encoded and decoded: eight segments of sixteen steps, each with twice the step
/// size.
int mu_law(int sample) {
  constexpr int kBias = 132, kHighest = 32635;
  const int magnitude = std::min(std::abs(sample), kHighest) + kBias;
  const int segment = static_cast<int>(std::bit_width(static_cast<unsigned>(magnitude))) - 8;
  const int step = (magnitude >> (segment + 3)) & 15;
  const int decoded = ((2 * step + 33) << (segment + 2)) - kBias;
  return sample < 0 ? -decoded : decoded;
}

/// G.711 A-law, encoded and decoded: as above, with two equal segments at the bottom.
int a_law(int sample) {
  const int magnitude = std::min(std::abs(sample), 32767);
  const int segment =
      std::max(0, static_cast<int>(std::bit_width(static_cast<unsigned>(magnitude))) - 8);
  const int shift = std::max(4, segment + 3);
  const int decoded = ((magnitude >> shift) << shift) + (1 << (shift - 1));
  return sample < 0 ? -decoded : decoded;
}

/// Applies a codec at half the sample rate, as telephones do.
template <typename Coder>
void code_at_8_khz(std::span<float> samples, Coder coder) {
  constexpr int kRate = 8000;
  std::vector<float> narrow = change_rate(samples, kMelSampleRate, kRate, (samples.size() + 1) / 2);
  for (float &sample : narrow) sample = static_cast<float>(coder(to_int16(sample))) / 32767;
  std::ranges::copy(change_rate(narrow, kRate, kMelSampleRate, samples.size()), samples.begin());
}

void adpcm(std::span<float> samples) {
  constexpr std::array<int, 8> kIndexSteps{-1, -1, -1, -1, 2, 4, 6, 8};
  constexpr int kIndices = 89;
  static const std::array<int, kIndices> kStepSizes = [] {
    std::array<int, kIndices> steps{};
    double step = 7;  // each 10 % wider, as in IMA's table
    for (int &value : steps) {
      value = std::min(32767, static_cast<int>(step));
      step *= 1.1;
    }
    return steps;
  }();
  int predicted = 0, index = 0;
  for (float &sample : samples) {
    const int step = kStepSizes[static_cast<std::size_t>(index)];
    const int difference = to_int16(sample) - predicted;
    const int code = std::min(7, 4 * std::abs(difference) / step);
    const int decoded = (2 * code + 1) * step / 8;
    predicted = std::clamp(predicted + (difference < 0 ? -decoded : decoded), -32768, 32767);
    index = std::clamp(index + kIndexSteps[static_cast<std::size_t>(code)], 0, kIndices - 1);
    sample = static_cast<float>(predicted) / 32767;
  }
}

void quantize(std::span<float> samples, float quality) {
  const float steps = std::exp2(5 + std::round(6 * quality));
  for (float &sample : samples)
    sample = std::round(std::clamp(sample, -1.0f, 1.0f) * steps) / steps;
}

/// Modified discrete cosine transform with a sine window and 50 % overlap.
class Mdct {
 public:
  static constexpr int kSize = 256;  // coefficients, and distance of blocks in samples

  Mdct() : basis_(kSize * 2 * kSize) {
    for (int k = 0; k < kSize; ++k)
      for (int n = 0; n < 2 * kSize; ++n)
        basis_[static_cast<std::size_t>(k * 2 * kSize + n)] = static_cast<float>(
            std::sin(std::numbers::pi * (n + 0.5) / (2 * kSize)) *
            std::cos(std::numbers::pi / kSize * (n + 0.5 + kSize / 2.0) * (k + 0.5)) *
            std::sqrt(2.0 / kSize));
  }

  void forward(const float *block, float *coefficients) const {
    for (int k = 0; k < kSize; ++k) {
      const float *row = &basis_[static_cast<std::size_t>(k * 2 * kSize)];
      float sum = 0;
      for (int n = 0; n < 2 * kSize; ++n) sum += row[n] * block[n];
      coefficients[k] = sum;
    }
  }

  /// Adds to the block.
  void backward(const float *coefficients, float *block) const {
    for (int k = 0; k < kSize; ++k) {
      if (coefficients[k] == 0) continue;
      const float *row = &basis_[static_cast<std::size_t>(k * 2 * kSize)];
      for (int n = 0; n < 2 * kSize; ++n) block[n] += row[n] * coefficients[k];
    }
  }

 private:
  std::vector<float> basis_;
};

/// Quantizes critical bands in steps proportional to their level. Removes bands far below the
/// loudest one and frequencies above the band limit.
void quantize_bands(float *coefficients, float quality) {
  const int limit = static_cast<int>((0.55f + 0.4f * quality) * Mdct::kSize);
  const float steps = 1 + 3 * quality, audible_db = 30 + 25 * quality;
  std::vector<std::pair<int, int>> bands;
  for (int from = 0; from < limit;) {
    const int width = std::max(4, from / 6);
    bands.emplace_back(from, std::min(limit, from + width));
    from += width;
  }
  std::fill(coefficients + limit, coefficients + Mdct::kSize, 0.0f);
  float loudest = 0;
  std::vector<float> levels;
  for (const auto &[from, to] : bands) {
    float sum = 1e-12f;
    for (int k = from; k < to; ++k) sum += coefficients[k] * coefficients[k];
    levels.push_back(std::sqrt(sum / static_cast<float>(to - from)));
    loudest = std::max(loudest, levels.back());
  }
  for (std::size_t band = 0; band < bands.size(); ++band) {
    const bool audible = levels[band] > loudest * std::pow(10.0f, -audible_db / 20);
    const float step = levels[band] / steps;
    for (int k = bands[band].first; k < bands[band].second; ++k)
      coefficients[k] = audible ? step * std::round(coefficients[k] / step) : 0;
  }
}

void transform(std::span<float> samples, float quality) {
  static const Mdct mdct;
  constexpr std::size_t kSize = Mdct::kSize;
  const std::size_t blocks = samples.size() / kSize + 2;
  std::vector<float> in((blocks + 1) * kSize), out(in.size()), coefficients(kSize);
  std::ranges::copy(samples, in.begin() + kSize);
  for (std::size_t block = 0; block < blocks; ++block) {
    mdct.forward(&in[block * kSize], coefficients.data());
    quantize_bands(coefficients.data(), quality);
    mdct.backward(coefficients.data(), &out[block * kSize]);
  }
  std::copy_n(out.begin() + kSize, samples.size(), samples.begin());
}

}  // namespace

const char *to_string(SpeechCodec codec) {
  constexpr const char *kNames[] = {"none", "mu-law", "A-law", "ADPCM", "few bits", "transform"};
  return kNames[static_cast<int>(codec)];
}

void code_speech(std::span<float> samples, SpeechCodec codec, float quality) {
  switch (codec) {
    case SpeechCodec::None:
      return;
    case SpeechCodec::MuLaw:
      return code_at_8_khz(samples, mu_law);
    case SpeechCodec::ALaw:
      return code_at_8_khz(samples, a_law);
    case SpeechCodec::Adpcm:
      return adpcm(samples);
    case SpeechCodec::Quantize:
      return quantize(samples, quality);
    case SpeechCodec::Transform:
      return transform(samples, quality);
  }
}

}  // namespace hyperlips::training
