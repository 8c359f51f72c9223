// SPDX-License-Identifier: LGPL-2.1-or-later
// The sync offset of a clip compared with a reference, and shifting the sound.
#include <gtest/gtest.h>

#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include <cmath>

#include "common/formula_weights.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "hyperlips/nn/sync_net.hpp"
#include "training/preprocess/sync_check.hpp"

using namespace hyperlips;
using namespace hyperlips::training;

namespace {

FoundClip noise_clip(int frames) {
  FoundClip found;
  std::uint32_t state = 1;
  const auto next = [&state] { return (state = state * 1664525u + 1013904223u) >> 8; };
  for (int i = 0; i < frames; ++i) {
    cv::Mat crop(128, 128, CV_8UC3, cv::Scalar(i * 5 % 256, i * 17 % 256, 128));
    for (int k = 0; k < 200; ++k)
      crop.at<cv::Vec3b>(int(next() % 128), int(next() % 128)) = {255, 0, std::uint8_t(k)};
    found.clip.crops.push_back(crop);
    found.clip.landmarks.push_back({});
    found.clip.native.push_back({i, {}});
  }
  for (int i = 0; i < frames * 640; ++i)
    found.clip.samples.push_back(0.4f * float(std::sin(i * (0.05 + i * 2e-6))) +
                                 0.05f * (float(next() % 1000) / 500 - 1));
  found.clip.mel = mel_spectrogram(found.clip.samples);
  return found;
}

TEST(ClipSync, EqualsReference) {
  const test::FormulaCheckpoints checkpoints;
  const std::string file = checkpoints.path("SyncNet_color");
  const FoundClip found = noise_clip(30);
  const auto sync = clip_sync(*open_color_embedder(file), found.clip);

  const at::NoGradGuard no_gradients;
  SyncNet network;
  load_state_dict(*network, read_checkpoint(file));
  network->eval();
  std::vector<torch::Tensor> heard, seen;
  for (int n = 0; n + 5 <= 30; ++n) {
    const int column = n * 80 / 25;
    if (column + 16 > int(found.clip.mel.size())) break;
    std::vector<float> window;
    for (std::size_t band = 0; band < 80; ++band)
      for (int i = 0; i < 16; ++i) window.push_back(found.clip.mel[std::size_t(column + i)][band]);
    const torch::Tensor mel = torch::from_blob(window.data(), {1, 1, 80, 16});
    const torch::Tensor faces = torch::zeros({1, 15, 64, 128});
    for (int frame = 0; frame < 5; ++frame)
      for (int c = 0; c < 3; ++c) {
        cv::Mat channel, half;
        cv::extractChannel(found.clip.crops[std::size_t(n + frame)], channel, c);
        channel.rowRange(64, 128).convertTo(half, CV_32F, 1 / 255.0);
        faces[0][3 * frame + c].copy_(torch::from_blob(half.data, {64, 128}));
      }
    const auto [sound, picture] = network->forward(mel, faces);
    heard.push_back(sound[0]);
    seen.push_back(picture[0]);
  }
  double best = -1;
  int best_offset = 0;
  for (int offset = -15; offset <= 15; ++offset) {
    double sum = 0;
    int count = 0;
    for (int n = 0; n < int(seen.size()); ++n) {
      if (n + offset < 0 || n + offset >= int(heard.size())) continue;
      sum += seen[std::size_t(n)].dot(heard[std::size_t(n + offset)]).item<double>();
      ++count;
    }
    if (count < 5 || sum / count <= best) continue;
    best = sum / count;
    best_offset = offset;
  }
  ASSERT_TRUE(sync);
  EXPECT_EQ(sync->frames, -best_offset);
  EXPECT_NEAR(sync->distance, 1 - best, 1e-5);
  EXPECT_GE(sync->confidence, 0);
}

TEST(ClipSync, NoneForShortClips) {
  const test::FormulaCheckpoints checkpoints;
  const auto expert = open_color_embedder(checkpoints.path("SyncNet_color"));
  EXPECT_FALSE(clip_sync(*expert, noise_clip(8).clip));
  EXPECT_FALSE(clip_sync(*expert, noise_clip(3).clip));
}

TEST(ShiftSound, LateSound) {
  const FoundClip before = noise_clip(30);
  FoundClip found = before;
  shift_sound(found, -4);
  ASSERT_EQ(found.clip.frames(), 26u);
  EXPECT_EQ(found.start, before.start);
  EXPECT_EQ(found.clip.native.front().size, 0);
  ASSERT_EQ(found.clip.samples.size(), 26u * 640);
  EXPECT_EQ(found.clip.samples[100], before.clip.samples[4 * 640 + 100]);
  EXPECT_EQ(found.clip.mel, mel_spectrogram(found.clip.samples));
}

TEST(ShiftSound, EarlySound) {
  const FoundClip before = noise_clip(30);
  FoundClip found = before;
  shift_sound(found, 3);
  ASSERT_EQ(found.clip.frames(), 27u);
  EXPECT_NEAR(found.start, before.start + 0.12, 1e-9);
  EXPECT_EQ(found.clip.native.front().size, 3);
  EXPECT_EQ(found.clip.landmarks.size(), 27u);
  EXPECT_EQ(found.clip.samples.front(), before.clip.samples.front());
  EXPECT_EQ(found.clip.samples.size(), 27u * 640);
}

}  // namespace
