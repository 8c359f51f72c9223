// SPDX-License-Identifier: LGPL-2.1-or-later
// Clips whose sound is out of sync: detected by an expert, dropped or corrected.
#include <gtest/gtest.h>

#include <ATen/core/grad_mode.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <iterator>

#include <opencv2/imgcodecs.hpp>

#include "common/formula_weights.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "hyperlips/nn/sync_net.hpp"
#include "preprocess_testing.hpp"
#include "training/data/wav_file.hpp"
#include "training/preprocess/preprocess.hpp"
#include "training/run/network_state.hpp"
#include "training/sync/sync_embedder.hpp"

using namespace hyperlips::test;
using namespace hyperlips::training;

namespace {

constexpr int kFrames = 50;

/// Frames in which the mouth is open, not periodic.
bool speaks(int frame) {
  constexpr int kRuns[] = {8, 3, 4, 2, 5, 3, 2, 6, 3, 4, 2, 2};  // closed, open, closed, ...
  int end = 0, run = 0;
  for (const int length : kRuns) {
    end += length;
    if (frame < end) return run % 2 == 1;
    ++run;
  }
  return false;
}

/// The sound of the open mouth, `late` frames late.
std::vector<Tone> speech(int late) {
  std::vector<Tone> tones;
  for (int frame = 0; frame < kFrames; ++frame) {
    if (!speaks(frame)) continue;
    const double from = (frame + late) / 25.0;
    std::ranges::copy(voice(from, from + 0.04), std::back_inserter(tones));
  }
  return tones;
}

/// A SyncNet_color that measures the loudness and the darkness of the open mouth in the middle of
/// the window: its embeddings are (v, 1 - v, 0, ...) with v from 0 (silent, closed) to 1.
void write_expert(const std::string &path) {
  const at::NoGradGuard no_grad;
  hyperlips::SyncNet network;
  auto tensors = hyperlips::state_dict(*network);
  for (auto &[name, tensor] : tensors) {
    tensor.zero_();
    if (name.ends_with("running_var") || name.ends_with("conv_block.1.weight")) tensor.fill_(1);
  }
  const auto layer = [&](const std::string &encoder, int index, const char *part) {
    return tensors.at(encoder + "_encoder." + std::to_string(index) + ".conv_block.0." + part);
  };
  // The first channel of layers that are not residual passes one of the pixels under the kernel.
  const auto pass = [&](const std::string &encoder, int index, int row, int column) {
    layer(encoder, index, "weight")[0][0][row][column] = 1;
  };
  // v = (x - zero) / (one - zero) of the passed value x, clipped to 0 ... 1.
  const auto end = [&](const std::string &encoder, int index, double zero, double one) {
    layer(encoder, index, "weight")[0][0] = 1 / (one - zero);
    layer(encoder, index, "bias")[0] = -zero / (one - zero);
    layer(encoder, index, "weight")[1][0] = -1 / (one - zero);
    layer(encoder, index, "bias")[1] = one / (one - zero);
  };
  // The mean of 7x7 pixels around row 100, column 64 of the third face.
  for (int channel = 0; channel < 3; ++channel)
    layer("face", 0, "weight")[0][2 * 3 + channel].fill_(1 / (3.0 * 7 * 7));
  pass("face", 1, 4, 1);
  pass("face", 4, 2, 1);
  for (const int index : {8, 11, 14}) pass("face", index, 1, 1);
  pass("face", 17, 2, 2);
  end("face", 18, 0.55, 0.2);
  // The mel band 54 (2.9 kHz) in column 8, from -4 ... 4 to 0 ... 1.
  layer("audio", 0, "weight")[0][0][1][1] = 0.125;
  layer("audio", 0, "bias")[0] = 0.5;
  for (const int index : {3, 6}) pass("audio", index, 1, 2);
  pass("audio", 9, 1, 1);
  pass("audio", 12, 2, 1);
  end("audio", 13, 0.15, 0.4);

  TrainingCheckpoint checkpoint;
  store_network(checkpoint, "model", *network);
  write_training_checkpoint(path, checkpoint);
}

class PreprocessWithExpert : public testing::Test {
 protected:
  void SetUp() override {
    gst_init(nullptr, nullptr);
    options.output = folder / "out";
    options.clips.min_speech = 0;
    options.sync_expert = folder / "expert.safetensors";
    options.jobs = 2;
    write_expert(options.sync_expert);
  }

  void add(const std::string &name, int late) {
    const auto draw = [](int index) {
      hyperlips::DrawnFace face;
      face.mouth = speaks(index) ? 1 : 0;
      return hyperlips::draw_face(cv::Size(320, 240), face);
    };
    const std::string path = folder / (name + ".mkv");
    write_speaker(folder, path, kFrames, draw, speech(late),
                  {.muxer = "matroskamux", .audio_encoder = "flacenc"});
    options.inputs.push_back(path);
  }

  nlohmann::json run() {
    const std::atomic<bool> cancel = false;
    preprocess(options, {}, cancel);
    return read_json(options.output / "report.json");
  }

  /// The offset of a clip of the data set by the expert.
  std::optional<SyncOffset> judged(const std::string &name) const {
    const fs::path clip = options.output / "imgs" / name;
    std::vector<cv::Mat> crops;
    for (int n = 0; fs::exists(clip / (std::to_string(n) + ".jpg")); ++n)
      crops.push_back(cv::imread(clip / (std::to_string(n) + ".jpg")));
    const auto expert = open_color_embedder(options.sync_expert);
    return find_sync_offset(
        expert->lips(crops), expert->sound(read_wav(clip / "audio.wav").samples),
        std::vector<bool>(crops.size(), true), expert->distance(), BeyondSound::Nothing);
  }

  TestFolder folder;
  PreprocessOptions options;
};

TEST_F(PreprocessWithExpert, DropsClipsOutOfSync) {
  add("early", -5);
  add("late", 6);
  add("right", 0);
  const nlohmann::json report = run();
  EXPECT_EQ(clip_folders(options.output), (std::set<std::string>{"right/right_0000"}));
  const nlohmann::json &sync = report["videos"][2]["clips"][0]["sync"];
  EXPECT_EQ(sync["offset"], 0);
  EXPECT_LT(sync["distance"].get<double>(), 0.2) << sync;
  EXPECT_GT(sync["confidence"].get<double>(), 0.1);
  const char *expected[] = {"the sound is 5 frames early", "the sound is 6 frames late"};
  for (int i = 0; i < 2; ++i) {
    const nlohmann::json &video = report["videos"][i];
    ASSERT_EQ(video["dropped"].size(), 1u) << video;
    EXPECT_EQ(video["dropped"][0]["reason"], to_string(Drop::OutOfSync));
    EXPECT_NE(video["dropped"][0]["detail"].get<std::string>().find(expected[i]), std::string::npos)
        << video;
    EXPECT_NEAR(video["dropped"][0]["end"].get<double>(), kFrames / 25.0, 1e-6);
  }
  EXPECT_EQ(run()["videos"], report["videos"]);  // loaded from the resume log
}

TEST_F(PreprocessWithExpert, ShiftsSoundIntoSync) {
  add("early", -5);
  add("late", 6);
  options.shift_sound = true;
  const nlohmann::json report = run();
  const struct {
    const char *name;
    int offset, frames;
  } expected[] = {{"early/early_0000", 5, kFrames - 5}, {"late/late_0000", -6, kFrames - 6}};
  for (int i = 0; i < 2; ++i) {
    const nlohmann::json &clip = report["videos"][i]["clips"][0];
    EXPECT_EQ(clip["name"], expected[i].name);
    EXPECT_EQ(clip["sync"]["offset"], expected[i].offset);
    EXPECT_EQ(clip["frames"], expected[i].frames);
    const auto after = judged(expected[i].name);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->frames, 0) << expected[i].name;
    EXPECT_GT(after->confidence, 0.1);
  }
}

TEST_F(PreprocessWithExpert, MaxOffsetKeepsSmallOffsets) {
  add("late", 2);
  options.max_offset = 2;
  EXPECT_EQ(run()["videos"][0]["clips"][0]["sync"]["offset"], -2);
}

TEST_F(PreprocessWithExpert, RejectsOtherArchitecture) {
  add("right", 0);
  write_formula_checkpoint("HRDecoder x1", options.sync_expert);
  try {
    run();
    FAIL();
  } catch (const hyperlips::Error &error) {
    EXPECT_NE(std::string(error.what()).find("HRDecoder x1"), std::string::npos) << error.what();
  }
}

}  // namespace
