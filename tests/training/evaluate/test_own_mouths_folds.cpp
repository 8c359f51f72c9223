// SPDX-License-Identifier: LGPL-2.1-or-later
// The person's own mouths on parts of a clip that the bank does not have, and banks from files.
#include <gst/gst.h>
#include <gtest/gtest.h>

#include "common/test_media.hpp"
#include "gst/lib/media/enrol.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/synth/performance.hpp"
#include "hyperlips/synth/talking_head.hpp"
#include "training/evaluate/evaluate_videos.hpp"
#include "training/evaluate/own_mouths_folds.hpp"

using namespace hyperlips;
using namespace hyperlips::test;
using namespace hyperlips::training;

namespace {

constexpr int kFrames = 200, kFps = 25, kRate = 48000;
const std::atomic<bool> kRunning = false;

/// A clip of a synthetic person whose sound is `late` frames behind the picture.
std::string write_person(const TestFolder &folder, const std::string &name, int late,
                         std::uint64_t seed = 7) {
  synth::Performance performance({.seed = seed, .language = "en"});
  synth::TalkingHead head({.seed = seed, .frame = {256, 256}});
  std::vector<float> samples(std::size_t(kFrames * kRate / kFps));
  performance.sound(-std::int64_t(late) * kRate / kFps, kRate, samples);
  const std::string wav = folder / (name + ".wav");
  write_wav(wav, samples, kRate);
  ClipSpec spec;
  spec.frames = kFrames;
  spec.numbered = false;
  spec.muxer = "matroskamux";
  spec.audio_encoder = "flacenc";
  spec.draw = [&](int index) {
    cv::Mat frame;
    head.draw(performance.pose(double(index) / kFps), std::uint64_t(index), frame);
    return frame;
  };
  spec.wav = wav;
  const std::string path = folder / (name + ".mkv");
  write_clip(path, spec);
  return path;
}

LipScores scores(const std::string &result, const std::string &truth, bool silence = false) {
  VideoOptions options;
  options.silence = silence;
  return evaluate_videos({.result = result, .truth = truth}, options, kRunning).result.lips;
}

}  // namespace

TEST(OwnMouthsFolds, LipsFollowUnseenSpeech) {
  const TestFolder folder;
  const std::string clip = write_person(folder, "person", 0);
  const std::string result = folder / "result.mkv";
  redub_in_folds(clip, {.folds = 3}, result, kRunning);
  const LipScores own = scores(result, clip);
  EXPECT_EQ(own.frames, kFrames);
  ASSERT_TRUE(own.opening && own.mouth_mae && own.pasted_mae && own.sharpness && own.jitter);
  EXPECT_GT(own.opening->r, 0.6);
  ASSERT_TRUE(own.opening->best);
  EXPECT_LE(std::abs(own.opening->best->frames), 1);
  EXPECT_LT(*own.mouth_mae, *own.pasted_mae);
  EXPECT_GT(*own.sharpness, 0.8);
  EXPECT_LT(*own.jitter, 1.4);
}

TEST(OwnMouthsFolds, SilenceClosesTheMouth) {
  const TestFolder folder;
  const std::string clip = write_person(folder, "person", 0);
  const std::string result = folder / "result.mkv";
  redub_in_folds(clip, {.folds = 2, .silence = true}, result, kRunning);
  const LipScores silent = scores(result, clip, true);
  ASSERT_TRUE(silent.closed);
  EXPECT_GT(*silent.closed, 0.9);
}

TEST(OwnMouthsFolds, RejectsShortClipsAndMissingFiles) {
  const TestFolder folder;
  const std::string clip = write_person(folder, "person", 0);
  EXPECT_THROW(redub_in_folds(clip, {.folds = 50}, folder / "x.mkv", kRunning), Error);
  EXPECT_THROW(redub_in_folds(folder / "none.mkv", {}, folder / "x.mkv", kRunning), Error);
}

TEST(Enrol, FindsTheOffsetOfTheSound) {
  const TestFolder folder;
  for (const int late : {-4, 0, 5}) {
    const std::string clip = write_person(folder, "late" + std::to_string(late), late);
    std::vector<EnrolledFile> read;
    const auto bank = enrol(
        {clip}, {}, kRunning, [](double) {}, read);
    ASSERT_TRUE(bank);
    EXPECT_NEAR(double(bank->frames.size()), kFrames, 5);
    ASSERT_EQ(read.size(), 1u);
    EXPECT_TRUE(read[0].report.has_sound);
    EXPECT_TRUE(read[0].report.offset.certain);
    EXPECT_LE(std::abs(read[0].report.offset.frames - late), 1)
        << "late by " << late << ", found " << read[0].report.offset.frames;
  }
}

TEST(Enrol, SeveralFilesWithoutSound) {
  const TestFolder folder;
  ClipSpec spec;
  spec.width = spec.height = 200;
  spec.frames = 40;
  spec.numbered = false;
  write_clip(folder / "a.mp4", spec);
  spec.face = false;
  write_clip(folder / "b.mp4", spec);
  std::vector<EnrolledFile> read;
  const auto bank = enrol(
      {folder / "a.mp4", folder / "b.mp4"}, {}, kRunning, [](double) {}, read);
  ASSERT_TRUE(bank);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_FALSE(read[0].report.has_sound);
  EXPECT_EQ(read[1].report.faces, 0u);
  EXPECT_GE(bank->frames.size(), 30u);
  read.clear();
  try {
    enrol(
        {folder / "b.mp4"}, {}, kRunning, [](double) {}, read);
    FAIL();
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("b.mp4"), std::string::npos) << error.what();
  }
}

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  gst_init(nullptr, nullptr);
  return RUN_ALL_TESTS();
}
