// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>

namespace hyperlips::synth {

/// 0 up to `low`, 1 from `high`, smooth between; `low` may be above `high`.
inline float smooth_step(float low, float high, float value) {
  const float t = std::clamp((value - low) / (high - low), 0.f, 1.f);
  return t * t * (3 - 2 * t);
}

template <typename Value>
Value between(const Value &a, const Value &b, float t) {
  return a + (b - a) * t;
}

}  // namespace hyperlips::synth
