// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <span>
#include <vector>

namespace hyperlips::training {

inline constexpr int kMfccBands = 13;

/// The mel-frequency cepstrum at 100 Hz, the input of the published SyncNet: mfcc() of
/// python_speech_features with its defaults on 16-bit samples of 16 kHz (pre-emphasis 0.97,
/// rectangular windows of 25 ms every 10 ms, 512-point spectrum, 26 bands of 0 ... 8 kHz, lifter
/// 22, the first coefficient replaced by the log of the frame's energy). `samples`: mono, -1 ... 1.
/// The last frame is padded with zeros; no samples give no frames.
std::vector<std::array<double, kMfccBands>> mfcc(std::span<const float> samples);

}  // namespace hyperlips::training
