// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

namespace hyperlips::training {

/// Another voice: factors of the pitch and of the formants' frequencies, 0.5 ... 2; a formant
/// factor above 1 is a shorter vocal tract.
struct VoiceShift {
  float pitch = 1, formants = 1;
  bool operator==(const VoiceShift &) const = default;
};

/// The pitch in Hz every 5 ms, 0 where there is none, by normalized autocorrelation.
std::vector<float> track_pitch(std::span<const float> samples, int rate);

/// Changes a voice by pitch-synchronous overlap-add (Moulines, Charpentier 1990), with grains that
/// are resampled for the formants. Everything stays at its time: as many samples come out as go in,
/// and what has no pitch is not moved at all. `samples` should have nothing above rate / 2 /
/// formants.
std::vector<float> shift_voice(std::span<const float> samples, int rate, const VoiceShift &shift);

}  // namespace hyperlips::training
