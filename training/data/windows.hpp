// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>
#include <torch/types.h>

#include "hyperlips/audio/mel.hpp"
#include "hyperlips/model/conventions.hpp"
#include "training/data/frame_rate.hpp"

namespace hyperlips::training {

/// Values in a (80, 16) mel window.
inline constexpr std::size_t kMelWindowValues = std::size_t{kMelBands} * kMelWindow;

/// Mel value of silence, the lowest.
inline constexpr float kMelSilence = -4;

/// Mel column at which the window of frame n (0, 1, ...) starts: floor(80 n / 25).
inline constexpr int mel_start(int frame) { return frame * kMelRate / kFrameRate; }

/// The last frame whose window of 16 columns lies within this many columns; -1 for none.
inline constexpr int last_frame_with_mel(std::int64_t columns) {
  if (columns < kMelWindow) return -1;
  // The largest n with floor(80 n / 25) <= columns - 16.
  return static_cast<int>(((columns - kMelWindow + 1) * kFrameRate - 1) / kMelRate);
}

/// Number of frames that start before the end of the sound.
inline constexpr int frames_with_sound(std::int64_t columns) {
  // The least n with floor(80 n / 25) >= columns.
  return static_cast<int>((columns * kFrameRate + kMelRate - 1) / kMelRate);
}

/// The window of a frame at whose time column `start` begins, as (1, 80, 16), by the rule of the
/// elements (MelTimeline): the last 16 columns serve all frames near the end of the sound,
/// padded with silence if there are fewer; silence outside of the sound.
torch::Tensor mel_window(std::span<const MelColumn> columns, int start);

/// The same for frames 0 ... `frames` - 1 of a network of this timing: (frames, 80, 16), row-major.
std::vector<float> inference_mel_windows(std::span<const MelColumn> columns, std::size_t frames,
                                         MelTiming timing = MelTiming::Inference);

/// Writes pictures of one size (CV_8UC3 BGR) as planes B, G, R of floats 0 ... 1, from row
/// `first_row` on. Channel c of picture t goes to out + c * channel_step + t * picture_step,
/// row-major.
void put_pictures(std::span<const cv::Mat> pictures, int first_row, float *out,
                  std::int64_t channel_step, std::int64_t picture_step);

/// T pictures of one size (CV_8UC3 BGR) as (3, T, H, W), 0 ... 1.
torch::Tensor picture_window(std::span<const cv::Mat> pictures);

}  // namespace hyperlips::training
