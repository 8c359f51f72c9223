// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

namespace hyperlips {

/// Largest offset between sound and picture that is searched, in frames.
inline constexpr int kMaxSoundOffset = 8;

/// By how much the sound of a clip is late.
struct SoundOffset {
  int frames = 0;         ///< the sound of frame n is that of time n + frames; 0 if not certain
  float correlation = 0;  ///< of the openings heard and seen at this offset
  float uncorrected = 0;  ///< the same at offset 0
  bool certain = false;   ///< the offset was found, and is not 0 for lack of evidence
};

/// Finds the offset at which the mouth openings predicted from the sound (SpeechToMouth) agree best
/// with those in the picture. `seen`: one value per frame, NaN where no mouth is visible. `heard`:
/// one per frame from kMaxSoundOffset frames before the first on to as many after the last. An
/// offset other than 0 is reported only if its correlation is better than without it by more than
/// chance, with about 8 independent samples a second; `fps` is the frame rate. Throws
/// Error{Settings} if the lengths do not fit.
SoundOffset find_sound_offset(std::span<const float> heard, std::span<const float> seen,
                              double fps);

}  // namespace hyperlips
