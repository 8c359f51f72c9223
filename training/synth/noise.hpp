// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hyperlips::training {

enum class NoiseKind {
  None,
  White,
  Pink,    ///< equal power in each octave
  Brown,   ///< half of that in each higher octave: traffic, wind
  Hum,     ///< 50 or 60 Hz and its multiples
  Babble,  ///< other people who speak
};

const char *to_string(NoiseKind kind);

/// Noise of any kind but Babble and None, of no particular level.
std::vector<float> make_noise(NoiseKind kind, std::size_t count, int rate, std::uint64_t seed);

/// The root mean square of the parts that are not silent: 20 ms pieces of at most 40 dB less than
/// the loudest. 0 for silence.
float speech_level(std::span<const float> samples, int rate);

/// Adds `noise`, as long as `samples`, so that the speech is `snr_db` louder. Silence stays as it
/// is.
void add_noise(std::span<float> samples, std::span<const float> noise, int rate, float snr_db);

}  // namespace hyperlips::training
