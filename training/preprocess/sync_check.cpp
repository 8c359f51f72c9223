// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/sync_check.hpp"

#include <algorithm>
#include <cstdlib>

#include "training/preprocess/constant_rate_reader.hpp"

namespace hyperlips::training {

std::optional<SyncOffset> clip_sync(const SyncEmbedder &expert, const FaceClip &clip) {
  return find_sync_offset(expert.lips(clip.crops), expert.sound(clip.samples),
                          std::vector<bool>(clip.frames(), true), expert.distance(),
                          BeyondSound::Nothing);
}

void shift_sound(FoundClip &found, int ahead) {
  FaceClip &clip = found.clip;
  const std::size_t cut = std::min<std::size_t>(std::size_t(std::abs(ahead)), clip.frames());
  const std::size_t kept = clip.frames() - cut;
  const std::size_t frame_samples = kMelSampleRate / kFrameRate;
  // Late sound: remove its start and the last pictures. Early sound: the first pictures and its
  // end.
  const auto trim = [kept](auto &values, std::size_t first, std::size_t each) {
    if (values.empty()) return;
    values.erase(values.begin(), values.begin() + std::ptrdiff_t(first * each));
    values.resize(kept * each);
  };
  const std::size_t first_picture = ahead > 0 ? cut : 0;
  trim(clip.crops, first_picture, 1);
  trim(clip.landmarks, first_picture, 1);
  trim(clip.native, first_picture, 1);
  trim(clip.mouths, first_picture, 1);
  trim(clip.samples, ahead < 0 ? cut : 0, frame_samples);
  found.start += double(first_picture) / kFrameRate;
  clip.mel = mel_spectrogram(clip.samples);
}

}  // namespace hyperlips::training
