// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "hyperlips/audio/mel.hpp"
#include "util/random.hpp"

namespace hyperlips::training {

/// Changes a spectrogram as another voice and microphone would: shifts the bands by a factor of
/// 0.82 to 1.2, changes gain (up to 12 dB), tilt and frequency response, adds a steady noise. The
/// values stay in -4 ... 4. Cheap enough for every training example.
void augment_mel(std::span<MelColumn> columns, Random &random);

}  // namespace hyperlips::training
