// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

namespace hyperlips::training {

/// What speech is transmitted or stored with.
enum class SpeechCodec {
  None,
  MuLaw,      ///< G.711 of North America and Japan, 8 kHz
  ALaw,       ///< G.711 of the rest of the world, 8 kHz
  Adpcm,      ///< IMA ADPCM, 4 bits a sample
  Quantize,   ///< few bits a sample
  Transform,  ///< what MP3 and AAC do at low rates: an MDCT whose bands keep few steps, or nothing
};

const char *to_string(SpeechCodec codec);

/// Codes and decodes speech of 16 kHz, -1 ... 1, in place and without any delay. `quality`, 0 ...
/// 1, sets the bits of Quantize (6 ... 12) and the precision of Transform; the others have none.
void code_speech(std::span<float> samples, SpeechCodec codec, float quality);

}  // namespace hyperlips::training
