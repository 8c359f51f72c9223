// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hyperlips::synth {

/// Rate of all speech, Hz.
inline constexpr int kSpeechRate = 22050;

/// How espeak-ng speaks.
struct Voice {
  std::string language = "en";
  std::string variant;  ///< "m3", "f2", ...; empty: the language's own
  int pitch = 50;       ///< 0 ... 99
  int range = 50;       ///< of the pitch, 0 (monotone) ... 99
  int speed = 175;      ///< words a minute, 80 ... 450
};

struct Utterance {
  struct Mark {
    std::int64_t sample;  ///< where the sound of the phoneme begins
    std::string ipa;      ///< empty: a pause
  };
  std::vector<Mark> marks;            ///< in order
  std::vector<std::int16_t> samples;  ///< at kSpeechRate
};

/// Says `text` (UTF-8). The result depends on the arguments alone; any number of threads may speak
/// at once. Throws Error: Settings for a language or variant that espeak-ng does not have, NotFound
/// where its data or the program hyperlips-speech is missing, Failed where that program fails.
Utterance say(const Voice &voice, const std::string &text);

}  // namespace hyperlips::synth
