// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include <opencv2/core.hpp>
#include <torch/types.h>

#include "hyperlips/audio/mel.hpp"
#include "training/data/frame_rate.hpp"

namespace hyperlips::training {

/// Mel column at which the window of frame n (0, 1, ...) starts: floor(80 n / 25).
inline constexpr int mel_start(int frame) { return frame * kMelRate / kFrameRate; }

/// The last frame whose window of 16 columns lies within this many columns; -1 for none.
inline constexpr int last_frame_with_mel(std::int64_t columns) {
  if (columns < kMelWindow) return -1;
  // The largest n with floor(80 n / 25) <= columns - 16.
  return static_cast<int>(((columns - kMelWindow + 1) * kFrameRate - 1) / kMelRate);
}

/// The window of 16 columns that starts at column `start`, as (1, 80, 16). Throws Error{Settings}
/// where it does not lie within the columns.
torch::Tensor mel_window(std::span<const MelColumn> columns, int start);

/// CV_8UC3 BGR pictures of one size as planes B, G, R, 0 ... 1, of their rows from `first_row` on:
/// the picture t's channel c, line by line, goes to out + c * channel_step + t * picture_step.
void put_pictures(std::span<const cv::Mat> pictures, int first_row, float *out,
                  std::int64_t channel_step, std::int64_t picture_step);

/// (3, T, H, W), 0 ... 1, of T CV_8UC3 BGR pictures.
torch::Tensor picture_window(std::span<const cv::Mat> pictures);

}  // namespace hyperlips::training
