// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <span>
#include <vector>

namespace hyperlips::training {

/// Sound of one channel, -1 ... 1.
struct Wav {
  int sample_rate = 0;  ///< Hz
  std::vector<float> samples;
};

/// Reads a RIFF WAVE file: integers of 16, 24 or 32 bits or floats of 32 bits, plain or
/// WAVE_FORMAT_EXTENSIBLE, of any rate; several channels become their mean, as in librosa.load.
/// A data chunk of unknown size (0 or 0xFFFFFFFF, as programs that write to a pipe leave it) goes
/// on to the end of the file. Throws Error{NotFound} or Error{Format} that names the file.
Wav read_wav(const std::filesystem::path &path);

/// Writes mono, 16 bits; what lies outside -1 ... 1 is clipped, what is not a number becomes 0.
/// Throws Error{Failed} that names the file when it cannot be written.
void write_wav(const std::filesystem::path &path, std::span<const float> samples, int sample_rate);

}  // namespace hyperlips::training
