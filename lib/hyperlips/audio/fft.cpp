// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/audio/fft.hpp"

#include <cmath>
#include <string>

#include <opencv2/core.hpp>

#include "hyperlips/error.hpp"

namespace hyperlips {

void fft_magnitudes(std::span<const double> samples, std::span<double> magnitudes) {
  const std::size_t size = samples.size(), half = size / 2;
  if (size == 0 || size % 2 != 0 || magnitudes.size() != half + 1)
    throw Error(ErrorKind::Settings, "fft_magnitudes: wrong sizes " + std::to_string(size) +
                                         " and " + std::to_string(magnitudes.size()) +
                                         "; expected an even N and N / 2 + 1.");
  const cv::Mat input(1, static_cast<int>(size), CV_64F, const_cast<double *>(samples.data()));
  cv::Mat packed;  // Re 0, Re 1, Im 1, ..., Re N/2
  cv::dft(input, packed);
  const double *bins = packed.ptr<double>();
  magnitudes[0] = std::abs(bins[0]);
  for (std::size_t k = 1; k < half; ++k) {
    const double re = bins[2 * k - 1], im = bins[2 * k];
    magnitudes[k] = std::sqrt(re * re + im * im);
  }
  magnitudes[half] = std::abs(bins[size - 1]);
}

}  // namespace hyperlips
