// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/talk/mel_augmentation.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace hyperlips::training {
namespace {

constexpr float kDecibels = 12.5f;  // of amplitude in one unit of a spectrogram
constexpr int kResponsePoints = 8;  // of a microphone's frequency response

using Bands = std::array<float, kMelBands>;

/// -1 at the lowest band ... 1 at the highest.
float height(int band) { return 2.0f * static_cast<float>(band) / (kMelBands - 1) - 1; }

/// What is added to each band: gain, tilt and a rough frequency response.
Bands draw_response(Random &random) {
  const float gain = random.uniform(-1, 1), tilt = 0.4f * random.normal();
  std::array<float, kResponsePoints> points;
  for (float &point : points) point = 0.25f * random.normal();
  Bands response;
  for (int band = 0; band < kMelBands; ++band) {
    const float place = static_cast<float>(band) * (kResponsePoints - 1) / (kMelBands - 1);
    const int left = std::min(static_cast<int>(place), kResponsePoints - 2);
    response[band] = gain + tilt * height(band) +
                     std::lerp(points[left], points[left + 1], place - static_cast<float>(left));
  }
  return response;
}

/// The level of both sounds together, their powers added.
float together(float a, float b) {
  const float difference = std::abs(a - b) * kDecibels;
  if (difference > 30) return std::max(a, b);
  return std::max(a, b) + 10 / kDecibels * std::log10(1 + std::pow(10.0f, -difference / 10));
}

}  // namespace

void augment_mel(std::span<MelColumn> columns, Random &random) {
  const float shift = random.uniform(0.82f, 1.2f), offset = 0.5f * random.normal();
  const Bands response = draw_response(random);
  const bool noisy = random.chance(0.6f);
  const float level = random.uniform(-4, -1.2f), tilt = 0.5f * random.normal();
  for (MelColumn &column : columns) {
    const MelColumn before = column;
    for (int band = 0; band < kMelBands; ++band) {
      const float place =
          std::clamp(shift * static_cast<float>(band) + offset, 0.0f, kMelBands - 1.0f);
      const int low = std::min(static_cast<int>(place), kMelBands - 2);
      float value =
          std::lerp(before[low], before[low + 1], place - static_cast<float>(low)) + response[band];
      if (noisy) value = together(value, level + tilt * height(band) + 0.25f * random.normal());
      column[band] = std::clamp(value + 0.05f * random.normal(), -4.0f, 4.0f);
    }
  }
}

}  // namespace hyperlips::training
