// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/track_opacity.hpp"

#include <algorithm>

namespace hyperlips {

float TrackOpacity::next(std::int64_t track, float wanted, double time) {
  constexpr double kFadeTime = 0.2;                           // seconds, from 0 to 1
  const float aim = wanted > 0 ? std::min(wanted, 1.0f) : 0;  // 0 also if not a number
  const auto [shown, passed] = shown_.at(track, time);
  const auto step = static_cast<float>(passed ? *passed / kFadeTime : 1);
  shown += std::clamp(aim - shown, -step, step);
  return shown;
}

}  // namespace hyperlips
