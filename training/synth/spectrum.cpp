// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/synth/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include <opencv2/core.hpp>

#include "hyperlips/audio/resample.hpp"

namespace hyperlips::training {
namespace {

/// Samples as a row, padded with at least `silence` zeros against circular wrap-around.
cv::Mat padded(std::span<const float> samples, std::size_t silence) {
  int size = cv::getOptimalDFTSize(static_cast<int>(samples.size() + silence));
  while (size % 2 != 0) size = cv::getOptimalDFTSize(size + 1);
  cv::Mat row = cv::Mat::zeros(1, size, CV_32F);
  std::ranges::copy(samples, row.ptr<float>());
  return row;
}

}  // namespace

void filter(std::span<float> samples, int rate, const std::function<float(float hz)> &gain) {
  if (samples.empty()) return;
  cv::Mat row = padded(samples, static_cast<std::size_t>(rate / 8));
  cv::dft(row, row);
  // Packed as Re 0, Re 1, Im 1, ..., Re n/2 (CCS).
  auto *bins = row.ptr<float>();
  const int size = row.cols;
  const float step = static_cast<float>(rate) / static_cast<float>(size);
  bins[0] *= gain(0);
  bins[size - 1] *= gain(step * static_cast<float>(size / 2));
  for (int k = 1; k < size / 2; ++k) {
    const float factor = gain(step * static_cast<float>(k));
    bins[2 * k - 1] *= factor;
    bins[2 * k] *= factor;
  }
  cv::dft(row, row, cv::DFT_INVERSE | cv::DFT_SCALE);
  std::copy_n(row.ptr<float>(), samples.size(), samples.data());
}

void convolve(std::span<float> samples, std::span<const float> response) {
  if (samples.empty()) return;
  cv::Mat row = padded(samples, response.size());
  cv::Mat other = cv::Mat::zeros(1, row.cols, CV_32F);
  std::ranges::copy(response, other.ptr<float>());
  cv::dft(row, row);
  cv::dft(other, other);
  cv::mulSpectrums(row, other, row, 0);
  cv::dft(row, row, cv::DFT_INVERSE | cv::DFT_SCALE);
  std::copy_n(row.ptr<float>(), samples.size(), samples.data());
}

float low_pass(float hz, float low, float high) {
  if (hz <= low) return 1;
  if (hz >= high) return 0;
  return 0.5f + 0.5f * std::cos(std::numbers::pi_v<float> * (hz - low) / (high - low));
}

std::vector<float> change_rate(std::span<const float> samples, int from, int to,
                               std::size_t count) {
  const Resampler resampler(from, to);
  const auto needed = resampler.input_for(0, static_cast<std::int64_t>(count));
  std::vector<float> input(static_cast<std::size_t>(needed.count)), output(count);
  for (std::int64_t i = 0; i < needed.count; ++i) {
    const std::int64_t n = needed.first + i;  // silence outside
    if (n >= 0 && n < std::ssize(samples))
      input[static_cast<std::size_t>(i)] = samples[static_cast<std::size_t>(n)];
  }
  resampler.resample(input, 0, output);
  return output;
}

}  // namespace hyperlips::training
