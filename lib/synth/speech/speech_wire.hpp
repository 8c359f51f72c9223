// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hyperlips::synth {

/// Header of the output of the program hyperlips-speech: SpeechHeader, then `marks` SpeechMarks,
/// then `samples` 16-bit samples, all in the byte order of the machine.
struct SpeechHeader {
  static constexpr std::uint32_t kMagic = 0x53504c48;  // "HLPS"
  std::uint32_t magic = kMagic;
  std::uint32_t rate = 0;  ///< Hz
  std::uint32_t marks = 0, samples = 0;
};

/// The beginning of a phoneme.
struct SpeechMark {
  std::uint32_t sample = 0;
  /// UTF-8; empty for a pause. Not null-terminated if it fills the array.
  std::array<char, 8> ipa = {};
};

/// Exit codes of hyperlips-speech.
enum SpeechExit : int {
  kSpeechDone = 0,
  kSpeechUsage = 2,
  kSpeechNoData = 3,
  kSpeechNoLanguage = 4,
  kSpeechNoVoice = 5,
  kSpeechFailed = 6,
};

}  // namespace hyperlips::synth
