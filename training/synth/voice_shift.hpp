// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

namespace hyperlips::training {

/// Factors for pitch and formant frequencies, 0.5 ... 2. A formant factor above 1 corresponds to a
/// shorter vocal tract.
struct VoiceShift {
  float pitch = 1, formants = 1;
  bool operator==(const VoiceShift &) const = default;
};

/// The pitch in Hz every 5 ms by normalized autocorrelation; 0 for unvoiced sound.
std::vector<float> track_pitch(std::span<const float> samples, int rate);

/// Changes a voice by pitch-synchronous overlap-add (PSOLA; Moulines, Charpentier 1990), with
/// grains resampled for the formants. Keeps the timing and the number of samples; unvoiced sound is
/// not moved. `samples` should have no frequencies above rate / 2 / formants.
std::vector<float> shift_voice(std::span<const float> samples, int rate, const VoiceShift &shift);

}  // namespace hyperlips::training
