// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hyperlips::training {

enum class NoiseKind {
  None,
  White,
  Pink,    ///< equal power per octave
  Brown,   ///< power per octave decreases by 3 dB: traffic, wind
  Hum,     ///< mains frequency (50 or 60 Hz) and its harmonics
  Babble,  ///< other voices
};

const char *to_string(NoiseKind kind);

/// Noise of any kind except Babble and None, with an arbitrary level.
std::vector<float> make_noise(NoiseKind kind, std::size_t count, int rate, std::uint64_t seed);

/// Root mean square of the parts with speech: 20 ms segments at most 40 dB below the loudest. 0 for
/// silence.
float speech_level(std::span<const float> samples, int rate);

/// Adds `noise` (as long as `samples`) with a signal-to-noise ratio of `snr_db`. Does not change
/// silence.
void add_noise(std::span<float> samples, std::span<const float> noise, int rate, float snr_db);

}  // namespace hyperlips::training
