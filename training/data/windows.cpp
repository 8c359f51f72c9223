// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/windows.hpp"

#include <algorithm>

#include <torch/torch.h>

#include "hyperlips/audio/mel_window.hpp"

namespace hyperlips::training {

torch::Tensor mel_window(std::span<const MelColumn> columns, int start) {
  torch::Tensor window = torch::full({1, kMelBands, kMelWindow}, kMelSilence);
  if (start < 0 || start >= static_cast<int>(columns.size())) return window;
  // The columns around it decide as all of them would.
  const int first = std::max(0, start - kMelWindow);
  const auto count =
      std::min<std::size_t>(std::size_t{3} * kMelWindow, columns.size() - std::size_t(first));
  MelTimeline timeline;
  timeline.append(0, columns.subspan(std::size_t(first), count));
  timeline.finish();
  timeline.find((start - first) * kMelColumnNs, {window.data_ptr<float>(), kMelWindowValues});
  return window;
}

std::vector<float> inference_mel_windows(std::span<const MelColumn> columns, std::size_t frames,
                                         MelTiming timing) {
  constexpr std::int64_t kFrameNs = 1'000'000'000 / kFrameRate;
  const MelSpan span{.lead = timing == MelTiming::Published ? kFrameNs : 0};
  MelTimeline timeline;
  timeline.append(0, columns);
  timeline.finish();
  std::vector<float> windows(frames * kMelWindowValues, kMelSilence);
  for (std::size_t n = 0; n < frames; ++n)
    timeline.find(static_cast<std::int64_t>(n) * kFrameNs, span,
                  std::span(windows).subspan(n * kMelWindowValues, kMelWindowValues));
  return windows;
}

void put_pictures(std::span<const cv::Mat> pictures, int first_row, float *out,
                  std::int64_t channel_step, std::int64_t picture_step) {
  for (const cv::Mat &picture : pictures) {
    std::int64_t at = 0;
    for (int y = first_row; y < picture.rows; ++y) {
      const auto *line = picture.ptr<cv::Vec3b>(y);
      for (int x = 0; x < picture.cols; ++x, ++at)
        for (int c = 0; c < 3; ++c)
          out[c * channel_step + at] = static_cast<float>(line[x][c]) / 255.0f;
    }
    out += picture_step;
  }
}

torch::Tensor picture_window(std::span<const cv::Mat> pictures) {
  const auto count = static_cast<std::int64_t>(pictures.size());
  const std::int64_t rows = pictures[0].rows, columns = pictures[0].cols, plane = rows * columns;
  torch::Tensor window = torch::empty({3, count, rows, columns});
  put_pictures(pictures, 0, window.data_ptr<float>(), count * plane, plane);
  return window;
}

}  // namespace hyperlips::training
