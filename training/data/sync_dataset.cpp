// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/sync_dataset.hpp"

#include <cstdlib>

#include <torch/torch.h>

#include "hyperlips/error.hpp"
#include "training/data/windows.hpp"

namespace hyperlips::training {

SyncDataset::SyncDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
                         SyncOptions options)
    : ClipDataset(std::move(clips), std::move(source), "sync example"), options_(options) {
  if (options_.size != 96 && options_.size != 128)
    throw Error(ErrorKind::Settings, "Invalid face size " + std::to_string(options_.size) +
                                         " for the sync expert: expected 96 or 128 pixels.");
  if (!(options_.mirror >= 0 && options_.mirror <= 1))
    throw Error(ErrorKind::Settings,
                "Invalid fraction of mirrored faces: expected a number from 0 to 1.");
}

Batch SyncDataset::draw(const Clip &clip, Random &random) const {
  const MelColumns mel = source().mel(clip);
  const int last = last_frame_with_mel(static_cast<std::int64_t>(mel->size()));
  const int window = draw_window(clip, 0, last, random);
  // Lips one frame off are nearly those that match.
  const int other = draw_distant_window(clip, {&window, 1}, kWindowFrames, 0, random);
  // A clip that is too short for that has no negative examples.
  const bool match = random.chance(0.5) || std::abs(other - window) < kWindowFrames;

  auto faces = pictures(clip, match ? window : other, options_.size);
  if (random.chance(static_cast<float>(options_.mirror)))
    for (cv::Mat &face : faces) cv::flip(face, face, 1);
  const std::int64_t size = options_.size, half = size / 2 * size;
  Batch example;
  example["faces"] = torch::empty({3 * kWindowFrames, size / 2, size});
  put_pictures(faces, options_.size / 2, example["faces"].data_ptr<float>(), half, 3 * half);
  example["mel"] = mel_window(*mel, mel_start(window));
  example["label"] = torch::full({1}, match ? 1.0f : 0.0f);
  return example;
}

}  // namespace hyperlips::training
