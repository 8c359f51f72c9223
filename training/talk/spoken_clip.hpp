// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "hyperlips/audio/mel.hpp"
#include "hyperlips/face/pose.hpp"
#include "synth/speech/phonemes.hpp"

namespace hyperlips::training {

struct SpokenClipOptions {
  std::uint64_t seed = 0;              ///< of the data
  double seconds = 60;                 ///< length of a clip, 5 ... 600
  std::vector<std::string> languages;  ///< of espeak-ng; empty: by the seed of each clip
};

/// Synthetic speech with the mouth that belongs to it, without pictures. Everything is per mel
/// column.
struct SpokenClip {
  static constexpr int kSilentSound = synth::kSounds;
  using HalfColumn = std::array<std::uint16_t, kMelBands>;  // IEEE 754 binary16

  std::string language;
  std::vector<HalfColumn> clean;     ///< as the synthesizer spoke it
  std::vector<HalfColumn> degraded;  ///< with the voice shifted, a room, noise, a codec
  std::vector<std::array<float, kMouthValues>> mouths;  ///< in the middle of the column's 12.5 ms
  std::vector<std::uint8_t> visemes;
  std::vector<std::uint8_t> sounds;  ///< synth::Articulation::sound; kSilentSound in pauses

  std::size_t columns() const { return mouths.size(); }
};

/// Clip `number` (0, 1, ...): a pure function of options and number. Each clip has another speaker.
/// Throws Error{Settings} for an unsupported language and what synth::Performance throws.
SpokenClip make_spoken_clip(const SpokenClipOptions &options, std::uint64_t number);

}  // namespace hyperlips::training
