// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "util/random.hpp"

namespace hyperlips::synth {

/// The streams of one seed.
enum Stream : std::uint64_t {
  kStreamText = 1,
  kStreamVoice,
  kStreamArticulation,
  kStreamBehavior,
  kStreamShape,
  kStreamSkin,
  kStreamHair,
  kStreamGlasses,
  kStreamClothes,
  kStreamBackdrop,
  kStreamLight,
  kStreamCamera,
  kStreamNoise,
};

}  // namespace hyperlips::synth
