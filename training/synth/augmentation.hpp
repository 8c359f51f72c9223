// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "training/synth/speech_noise.hpp"
#include "training/synth/room.hpp"
#include "training/synth/speech_codec.hpp"
#include "training/synth/voice_shift.hpp"

namespace hyperlips::training {

/// Sample rate of augment()'s input in Hz: twice the output's, since formants may be shifted down.
inline constexpr int kWideRate = 32000;

enum class SpeechBand {
  Full,
  Telephone,  ///< 300 ... 3400 Hz
  Radio,      ///< AM radio, 100 ... 4500 Hz
  Dull,       ///< low-pass: a poor or covered microphone
};

const char *to_string(SpeechBand band);

/// Degradations of recorded speech, in the order of processing. The defaults change nothing.
struct SpeechAugmentation {
  std::uint64_t seed = 0;  ///< of room response and noise
  VoiceShift voice;
  std::optional<Room> room;
  NoiseKind noise = NoiseKind::None;
  float snr_db = 20;
  float tilt_db = 0;       ///< frequency response of the microphone, dB per octave
  float overdrive_db = 0;  ///< clips peaks at this many dB below the highest; 0: none
  SpeechBand band = SpeechBand::Full;
  float dull_hz = 4000;  ///< cutoff frequency of Dull
  SpeechCodec codec = SpeechCodec::None;
  float codec_quality = 0.5f;  ///< 0 ... 1
  float level_db = -23;        ///< speech_level() of the result in dB of full scale
};

/// Random settings that cover the range of real recordings. A fraction `clean_share` (0 ... 1) of
/// the seeds only sets the level.
SpeechAugmentation draw_augmentation(std::uint64_t seed, float clean_share = 0.2f);

/// Generates `count` samples at 16 kHz of several voices in the background.
using Babble = std::function<std::vector<float>(std::uint64_t seed, std::size_t count)>;

/// Applies the settings to mono sound at kWideRate. Returns sound at 16 kHz, -1 ... 1, half as many
/// samples (rounded up), without any delay. Deterministic.
std::vector<float> augment(std::span<const float> wide, const SpeechAugmentation &augmentation,
                           const Babble &babble);

/// The settings that differ from the defaults, for reports.
nlohmann::json to_json(const SpeechAugmentation &augmentation);

}  // namespace hyperlips::training
