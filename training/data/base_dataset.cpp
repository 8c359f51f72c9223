// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/base_dataset.hpp"

#include <algorithm>

#include <torch/torch.h>

#include "hyperlips/face/crop.hpp"
#include "training/data/windows.hpp"

namespace hyperlips::training {
namespace {

/// Frames by which a frame's mel window precedes it.
int lead(MelTiming timing) { return timing == MelTiming::Published ? 1 : 0; }

}  // namespace

Batch base_example(std::span<const cv::Mat> target, std::span<const cv::Mat> reference,
                   std::span<const MelColumn> mel, int frame, MelTiming timing) {
  constexpr std::int64_t kPlane = kCropSize * kCropSize, kChannel = kWindowFrames * kPlane;
  Batch example;
  example["target"] = picture_window(target);
  torch::Tensor face = torch::empty({6, kWindowFrames, kCropSize, kCropSize});
  auto *out = face.data_ptr<float>();
  std::copy_n(example["target"].data_ptr<float>(), 3 * kChannel, out);
  for (int plane = 0; plane < 3 * kWindowFrames; ++plane)
    std::fill_n(out + plane * kPlane + kPlane / 2, kPlane / 2, 0.0f);
  put_pictures(reference, 0, out + 3 * kChannel, kChannel, kPlane);
  example["face"] = std::move(face);

  torch::Tensor mels = torch::empty({kWindowFrames, 1, kMelBands, kMelWindow});
  for (int i = 0; i < kWindowFrames; ++i)
    std::copy_n(mel_window(mel, mel_start(frame + i - lead(timing))).data_ptr<float>(),
                kMelWindowValues,
                mels.data_ptr<float>() + static_cast<std::size_t>(i) * kMelWindowValues);
  example["mels"] = std::move(mels);
  example["mel"] = mel_window(mel, mel_start(frame));
  return example;
}

std::pair<int, int> base_frames(std::int64_t mel_columns, MelTiming timing) {
  return {lead(timing), last_frame_with_mel(mel_columns) - (kWindowFrames - 1) + lead(timing)};
}

BaseDataset::BaseDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
                         MelTiming timing)
    : ClipDataset(std::move(clips), std::move(source), "base example"), timing_(timing) {}

Batch BaseDataset::draw(const Clip &clip, Random &random) const {
  const MelColumns mel = source().mel(clip);
  const auto [first, last] = base_frames(static_cast<std::int64_t>(mel->size()), timing_);
  const int window = draw_window(clip, first, last, random);
  const int other = draw_other_window(clip, window, random);
  return base_example(pictures(clip, window, kCropSize), pictures(clip, other, kCropSize), *mel,
                      window, timing_);
}

}  // namespace hyperlips::training
