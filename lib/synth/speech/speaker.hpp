// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/synth/performance.hpp"
#include "synth/speech/espeak.hpp"

namespace hyperlips::synth {

/// Who speaks, and how.
struct Speaker {
  Voice voice;
  float gain = 1;    ///< of what espeak-ng says
  float effort = 1;  ///< of the mouth, 0.7 (mumbles) ... 1.3
};

/// As options ask, the rest by their seed. Throws Error{Settings} for a pitch or speed out of
/// range.
Speaker speaker_of(const PerformanceOptions &options);

}  // namespace hyperlips::synth
