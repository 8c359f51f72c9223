// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/synth/performance.hpp"
#include "synth/speech/espeak.hpp"

namespace hyperlips::synth {

/// The voice of a performance.
struct Speaker {
  Voice voice;
  float gain = 1;    ///< of the sound
  float effort = 1;  ///< scales articulation, 0.7 (mumbling) ... 1.3
};

/// The speaker that the options ask for; what they leave open follows from their seed. Throws
/// Error{Settings} for a pitch or speed out of range.
Speaker speaker_of(const PerformanceOptions &options);

}  // namespace hyperlips::synth
