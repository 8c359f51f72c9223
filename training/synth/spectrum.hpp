// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace hyperlips::training {

/// Multiplies each frequency by a gain: a filter of zero phase, which moves nothing in time.
void filter(std::span<float> samples, int rate, const std::function<float(float hz)> &gain);

/// Adds what each sample causes later: sample n becomes the sum of response[k] * samples[n - k].
/// What follows the last sample is cut off.
void convolve(std::span<float> samples, std::span<const float> response);

/// 1 below `low` Hz, 0 above `high`, smooth between.
float low_pass(float hz, float low, float high);

/// The sound at another rate, in Hz, `count` samples of it; the first stays the first.
std::vector<float> change_rate(std::span<const float> samples, int from, int to, std::size_t count);

}  // namespace hyperlips::training
