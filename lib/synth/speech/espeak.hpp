// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hyperlips::synth {

/// Sample rate of espeak-ng, Hz.
inline constexpr int kSpeechRate = 22050;

/// Samples at kSpeechRate, rounded towards zero.
constexpr std::int64_t samples_of(double seconds) {
  return static_cast<std::int64_t>(seconds * kSpeechRate);
}
constexpr double seconds_of(std::int64_t samples) {
  return static_cast<double>(samples) / kSpeechRate;
}

/// A voice of espeak-ng.
struct Voice {
  std::string language = "en";
  std::string variant;  ///< "m3", "f2", ...; empty: the language's own
  int pitch = 50;       ///< 0 ... 99
  int range = 50;       ///< of the pitch, 0 (monotone) ... 99
  int speed = 175;      ///< words per minute, 80 ... 450
};

/// Synthesized speech with its phonemes.
struct Utterance {
  struct Mark {
    std::int64_t sample;  ///< where the phoneme begins
    std::string ipa;      ///< empty: a pause
  };
  std::vector<Mark> marks;            ///< in order
  std::vector<std::int16_t> samples;  ///< at kSpeechRate
};

/// Synthesizes `text` (UTF-8). The result depends on the arguments alone; thread-safe. Throws
/// Error: Settings for an unknown language or variant, NotFound if the data of espeak-ng or the
/// program hyperlips-speech is not found, Failed if that program fails or does nothing for 30 s.
Utterance say(const Voice &voice, const std::string &text);

}  // namespace hyperlips::synth
