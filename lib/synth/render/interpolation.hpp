// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cmath>

namespace hyperlips::synth {

/// Linear interpolation from `a` (t = 0) to `b` (t = 1); other `t` extrapolate. For numbers and for
/// the vector types of OpenCV, which std::lerp does not take.
template <typename Value>
Value lerp(const Value &a, const Value &b, float t) {
  return a + (b - a) * t;
}

/// Cubic Hermite step (smoothstep of GLSL and HLSL): 0 up to `low`, 1 from `high`, smooth between.
/// `low` may be above `high`; then it falls from 1 to 0.
inline float smooth_step(float low, float high, float value) {
  const float t = std::clamp((value - low) / (high - low), 0.f, 1.f);
  return t * t * (3 - 2 * t);
}

/// Bell curve: 1 at distance 0, with standard deviation `width`.
inline float bump(float distance, float width) {
  const float t = distance / width;
  return std::exp(-0.5f * t * t);
}

/// Uniform Catmull-Rom spline (1974) from `b` (t = 0) to `c` (t = 1); `a` and `d` are the values
/// before and after them.
inline float catmull_rom(float a, float b, float c, float d, float t) {
  return b + 0.5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

}  // namespace hyperlips::synth
