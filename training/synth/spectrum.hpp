// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace hyperlips::training {

/// Zero-phase filter: multiplies each frequency by a gain, without any delay.
void filter(std::span<float> samples, int rate, const std::function<float(float hz)> &gain);

/// Convolution, truncated to the length of the input: sample n becomes the sum of
/// response[k] * samples[n - k].
void convolve(std::span<float> samples, std::span<const float> response);

/// Low-pass gain: 1 below `low` Hz, 0 above `high`, raised cosine between.
float low_pass(float hz, float low, float high);

/// Resamples from one rate to another (Hz). Returns `count` samples; the first samples coincide.
std::vector<float> change_rate(std::span<const float> samples, int from, int to, std::size_t count);

}  // namespace hyperlips::training
