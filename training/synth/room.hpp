// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace hyperlips::training {

struct Room {
  float decay = 0.4f;    ///< seconds until the sound has fallen by 60 dB, 0.05 ... 3
  float direct_db = 10;  ///< energy of the direct path against all that comes later
  bool operator==(const Room &) const = default;
};

/// An impulse response: the direct path, 1, as the first sample, early reflections, and noise that
/// dies away, high frequencies sooner.
std::vector<float> room_response(const Room &room, int rate, std::uint64_t seed);

}  // namespace hyperlips::training
