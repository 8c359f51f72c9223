// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "training/synth/noise.hpp"
#include "training/synth/room.hpp"
#include "training/synth/speech_codec.hpp"
#include "training/synth/voice_shift.hpp"

namespace hyperlips::training {

/// Hz of the sound that is augmented: twice that of the result, so that formants have room to move.
inline constexpr int kWideRate = 32000;

enum class SpeechBand {
  Full,
  Telephone,  ///< 300 ... 3400 Hz
  Radio,      ///< of amplitude modulation: 100 ... 4500 Hz
  Dull,       ///< below 3 ... 6 kHz: a poor microphone, something before the mouth
};

const char *to_string(SpeechBand band);

/// What happens to speech between the mouth and a file, in this order. The defaults do nothing.
struct SpeechAugmentation {
  std::uint64_t seed = 0;  ///< of room and noise
  VoiceShift voice;
  std::optional<Room> room;
  NoiseKind noise = NoiseKind::None;
  float snr_db = 20;
  float tilt_db = 0;       ///< of the microphone, by octave
  float overdrive_db = 0;  ///< by which the loudest peak is clipped; 0: it is not
  SpeechBand band = SpeechBand::Full;
  float dull_hz = 4000;  ///< where Dull ends
  SpeechCodec codec = SpeechCodec::None;
  float codec_quality = 0.5f;
  float level_db = -23;  ///< of the speech in the end, as speech_level() measures it
};

/// Drawn by a seed so that real recordings lie inside the range. `clean_share`, 0 ... 1, of the
/// seeds get nothing but a level.
SpeechAugmentation draw_augmentation(std::uint64_t seed, float clean_share = 0.2f);

/// Other people's speech for the seed: `count` samples at 16 kHz.
using Babble = std::function<std::vector<float>(std::uint64_t seed, std::size_t count)>;

/// Applies it to mono sound at kWideRate and gives sound at 16 kHz, half as many samples (rounded
/// up), -1 ... 1. Nothing moves in time. The result depends on the arguments alone.
std::vector<float> augment(std::span<const float> wide, const SpeechAugmentation &augmentation,
                           const Babble &babble);

/// For reports: what differs from the defaults.
nlohmann::json to_json(const SpeechAugmentation &augmentation);

}  // namespace hyperlips::training
