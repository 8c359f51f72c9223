// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace hyperlips::training {

struct Room {
  float decay = 0.4f;    ///< RT60, seconds until the level has dropped by 60 dB, 0.05 ... 3
  float direct_db = 10;  ///< direct-to-reverberant energy ratio
  bool operator==(const Room &) const = default;
};

/// An impulse response: the direct path (first sample, 1), early reflections, and decaying noise
/// whose high frequencies decay faster.
std::vector<float> room_response(const Room &room, int rate, std::uint64_t seed);

}  // namespace hyperlips::training
