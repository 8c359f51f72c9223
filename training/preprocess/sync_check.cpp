// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/sync_check.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include "error.hpp"
#include "face/crop.hpp"
#include "model/registry.hpp"
#include "nn/state_dict.hpp"
#include "nn/sync_net.hpp"
#include "training/preprocess/constant_rate_reader.hpp"
#include "training/preprocess/mel_windows.hpp"

namespace hyperlips::training {
namespace {

constexpr int kFaces = 5;       // successive pictures that the expert looks at
constexpr int kLeastPairs = 5;  // that a mean is worth something
constexpr std::int64_t kBatch = 32;

/// The lower halves of five successive crops, (15, 64, 128), BGR each.
void put_faces(std::span<const cv::Mat> crops, float *out) {
  for (const cv::Mat &crop : crops)
    for (int c = 0; c < 3; ++c)
      for (int y = kCropSize / 2; y < kCropSize; ++y) {
        const auto *line = crop.ptr<cv::Vec3b>(y);
        for (int x = 0; x < kCropSize; ++x) *out++ = float(line[x][c]) / 255;
      }
}

/// Frames of a clip whose five pictures and whole mel window lie in it.
std::int64_t whole_windows(const FaceClip &clip) {
  std::int64_t count = std::int64_t(clip.frames()) - kFaces + 1;
  const auto columns = std::int64_t(clip.mel.size());
  while (count > 0 && (count - 1) * kMelRate / kFrameRate + kMelWindow > columns) --count;
  return std::max<std::int64_t>(0, count);
}

}  // namespace

struct SyncCheck::Impl {
  SyncNet network;
};

SyncCheck::SyncCheck(const std::string &checkpoint) : impl_(std::make_unique<Impl>()) {
  const TensorFile file = read_checkpoint(checkpoint);
  if (const std::string &name = identify(file).name; name != "SyncNet_color")
    throw Error(ErrorKind::Settings, "\"" + checkpoint + "\" holds a network " + name +
                                         "; sound is checked with a checkpoint of SyncNet_color.");
  load_state_dict(*impl_->network, file);
  impl_->network->eval();
}

SyncCheck::~SyncCheck() = default;

SyncMeasure SyncCheck::measure(const FaceClip &clip) const {
  const at::NoGradGuard no_gradients;
  const std::int64_t count = whole_windows(clip);
  if (count < kLeastPairs) return {};
  const std::vector<float> windows = mel_windows(clip);
  std::vector<torch::Tensor> sound, picture;
  for (std::int64_t first = 0; first < count; first += kBatch) {
    const std::int64_t batch = std::min(kBatch, count - first);
    const auto mel = torch::empty({batch, 1, kMelBands, kMelWindow});
    std::memcpy(mel.data_ptr<float>(), windows.data() + first * kMelBands * kMelWindow,
                std::size_t(mel.nbytes()));
    const auto faces = torch::empty({batch, 3 * kFaces, kCropSize / 2, kCropSize});
    for (std::int64_t i = 0; i < batch; ++i)
      put_faces(std::span(clip.crops).subspan(std::size_t(first + i), kFaces),
                faces[i].data_ptr<float>());
    auto [heard, seen] = impl_->network->forward(mel, faces);
    sound.push_back(heard);
    picture.push_back(seen);
  }
  // similar[n][m]: picture of frame n, sound of frame m; an offset is a diagonal.
  const auto similar = torch::matmul(torch::cat(picture), torch::cat(sound).t());
  const int limit = int(std::min<std::int64_t>(kMaxOffset, count - kLeastPairs));
  SyncMeasure best{0, -1, 0};
  std::vector<double> all;
  for (int offset = -limit; offset <= limit; ++offset) {
    all.push_back(similar.diagonal(offset).mean().item<double>());
    if (all.back() > best.similarity) best = {offset, all.back(), 0};
  }
  std::ranges::nth_element(all, all.begin() + limit);
  best.confidence = best.similarity - all[std::size_t(limit)];
  return best;
}

void shift_sound(FoundClip &found, int offset) {
  FaceClip &clip = found.clip;
  const std::size_t cut = std::min<std::size_t>(std::size_t(std::abs(offset)), clip.frames());
  const std::size_t kept = clip.frames() - cut;
  const std::size_t frame_samples = kMelSampleRate / kFrameRate;
  // Late sound loses its start and the last pictures, early sound the other way round.
  const auto trim = [kept](auto &values, std::size_t first, std::size_t each) {
    if (values.empty()) return;
    values.erase(values.begin(), values.begin() + std::ptrdiff_t(first * each));
    values.resize(kept * each);
  };
  const std::size_t first_picture = offset < 0 ? cut : 0;
  trim(clip.crops, first_picture, 1);
  trim(clip.landmarks, first_picture, 1);
  trim(found.own, first_picture, 1);
  trim(clip.samples, offset > 0 ? cut : 0, frame_samples);
  found.start += double(first_picture) / kFrameRate;
  clip.mel = mel_spectrogram(clip.samples);
}

}  // namespace hyperlips::training
