// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace hyperlips::training {

/// Mono sound, -1 ... 1.
struct Wav {
  int sample_rate = 0;  ///< Hz
  std::vector<float> samples;
};

/// A sample as a 16-bit integer: rounded, clipped to -1 ... 1, NaN becomes 0.
std::int16_t to_pcm16(float sample);

/// The inverse, -1 ... 1.
inline float from_pcm16(std::int16_t sample) { return static_cast<float>(sample) * 0x1p-15f; }

/// Reads a RIFF WAVE file: 16, 24 or 32-bit integers or 32-bit floats, plain or
/// WAVE_FORMAT_EXTENSIBLE, of any sample rate. Channels are averaged, as in librosa.load. A data
/// chunk of unknown size (0 or 0xFFFFFFFF, from programs that write to a pipe) extends to the end
/// of the file. Throws Error{NotFound} or Error{Format} that names the file.
Wav read_wav(const std::filesystem::path &path);

/// Writes mono 16-bit PCM, see to_pcm16(). Throws Error{Failed} that names the file if it cannot be
/// written.
void write_wav(const std::filesystem::path &path, std::span<const float> samples, int sample_rate);

}  // namespace hyperlips::training
