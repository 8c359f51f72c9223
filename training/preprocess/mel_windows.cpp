// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/mel_windows.hpp"

#include <algorithm>
#include <span>

#include "hyperlips/audio/mel_window.hpp"
#include "training/preprocess/constant_rate_reader.hpp"

namespace hyperlips::training {

std::vector<float> mel_windows(const FaceClip &clip) {
  constexpr std::size_t kValues = std::size_t(kMelBands) * kMelWindow;
  constexpr float kSilence = -4;
  MelTimeline timeline;
  timeline.append(0, clip.mel);
  timeline.finish();
  std::vector<float> windows(clip.frames() * kValues, kSilence);
  for (std::size_t n = 0; n < clip.frames(); ++n)
    timeline.find(std::int64_t(n * kFrameTime), std::span(windows).subspan(n * kValues, kValues));
  return windows;
}

}  // namespace hyperlips::training
