// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

namespace hyperlips::training {

/// Codecs for transmission and storage of speech.
enum class SpeechCodec {
  None,
  MuLaw,      ///< G.711 of North America and Japan, 8 kHz
  ALaw,       ///< G.711 of the rest of the world, 8 kHz
  Adpcm,      ///< IMA ADPCM, 4 bits per sample
  Quantize,   ///< few bits per sample
  Transform,  ///< as MP3 and AAC at low bit rates: an MDCT with coarsely quantized bands
};

const char *to_string(SpeechCodec codec);

/// Encodes and decodes speech at 16 kHz, -1 ... 1, in place and without any delay. `quality` (0 ...
/// 1) sets the bits of Quantize (6 ... 12) and the precision of Transform; others ignore it.
void code_speech(std::span<float> samples, SpeechCodec codec, float quality);

}  // namespace hyperlips::training
