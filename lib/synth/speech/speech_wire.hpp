// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hyperlips::synth {

/// What the program hyperlips-speech writes to standard output: a SpeechHeader, its marks, its
/// samples (16 bits each), all as they lie in memory.
struct SpeechHeader {
  static constexpr std::uint32_t kMagic = 0x53504c48;  // "HLPS"
  std::uint32_t magic = kMagic;
  std::uint32_t rate = 0;  ///< Hz
  std::uint32_t marks = 0, samples = 0;
};

/// The sound of a phoneme begins.
struct SpeechMark {
  std::uint32_t sample = 0;
  std::array<char, 8> ipa =
      {};  ///< UTF-8, empty for a pause, no final zero where it fills the array
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
