// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/evaluate_videos.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/drawn_face.hpp"
#include "common/test_media.hpp"
#include "hyperlips/error.hpp"
#include "training/evaluate/picture_measures.hpp"
#include "training/evaluate/evaluation_report.hpp"

namespace hyperlips::training {
namespace {

const cv::Size kSize(320, 240);

cv::Mat face(double mouth) {
  DrawnFace drawn;
  drawn.mouth = float(mouth);
  return draw_face(kSize, drawn);
}

double opening(int frame) { return 0.5 - 0.5 * std::cos(frame * 0.8); }

class Evaluate : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    folder_ = std::make_unique<test::TestFolder>();
    truth_ = write("truth.mov", 16, 25, [](int i) { return face(opening(i)); });
  }
  static void TearDownTestSuite() { folder_.reset(); }

  /// A lossless file with sound of the same length.
  static std::string write(const std::string &name, int frames, int fps,
                           const std::function<cv::Mat(int)> &picture) {
    test::ClipSpec spec{.fps_n = fps,
                        .frames = frames,
                        .numbered = false,
                        .draw = picture,
                        .format = "RGB",
                        .encoder = "pngenc compression-level=1",
                        .muxer = "qtmux",
                        .wav = *folder_ / "tone.wav",
                        .audio_encoder = "audio/x-raw,format=S16LE"};
    test::write_wav(spec.wav, double(frames) / fps, {test::Tone{}}, 16000);
    const std::string path = *folder_ / name;
    test::write_clip(path, spec);
    return path;
  }

  static VideosEvaluation evaluate(const std::string &result, const VideoOptions &options = {},
                                   const std::string &original = {}) {
    const std::atomic<bool> cancel = false;
    return evaluate_videos({result, truth_, original}, options, cancel);
  }

  static inline std::unique_ptr<test::TestFolder> folder_;
  static inline std::string truth_;
};

TEST_F(Evaluate, IdenticalVideos) {
  VideoOptions options;
  options.sheet_rows = 3;
  const VideosEvaluation found = evaluate(truth_, options);
  const VideoScores &scores = found.result;
  EXPECT_EQ(found.truth_frames, 16);
  EXPECT_EQ(scores.frames, 16);
  EXPECT_EQ(scores.pairs, 16);
  EXPECT_EQ(scores.without_face, 0);
  EXPECT_EQ(*scores.psnr, kPsnrCap);
  EXPECT_EQ(*scores.face_psnr, kPsnrCap);
  EXPECT_NEAR(*scores.ssim, 1, 1e-9);
  EXPECT_NEAR(*scores.face_ssim, 1, 1e-9);
  EXPECT_EQ(*scores.lips.mouth_mae, 0);
  EXPECT_EQ(scores.largest_outside, 0);
  EXPECT_EQ(*scores.lips.lmd, 0);
  EXPECT_NEAR(scores.lips.opening->r, 1, 1e-12);
  EXPECT_EQ(*scores.lips.jitter, 1);
  EXPECT_EQ(found.sheet.labels, (std::vector<std::string>{"reference", "output", "truth"}));
  EXPECT_EQ(found.sheet.rows.size(), 3u);
}

TEST_F(Evaluate, OppositeMouths) {
  const std::string opposite =
      write("opposite.mov", 16, 25, [](int i) { return face(1 - opening(i)); });
  const VideosEvaluation found = evaluate(opposite, {}, truth_);
  const VideoScores &scores = found.result;
  EXPECT_LT(scores.lips.opening->r, -0.5);
  EXPECT_GT(*scores.lips.lmd, 1);
  EXPECT_GT(*scores.lips.mouth_mae, 0.01);
  EXPECT_LT(*scores.face_psnr, *scores.psnr);
  EXPECT_LT(*scores.face_ssim, *scores.ssim);
  double psnrs = 0;
  for (int i = 0; i < 16; ++i) psnrs += psnr(face(opening(i)), face(1 - opening(i))) / 16;
  EXPECT_NEAR(*scores.psnr, psnrs, 1e-6);

  ASSERT_TRUE(found.original);
  EXPECT_EQ(*found.original->psnr, kPsnrCap);
  EXPECT_EQ(found.sheet.labels.size(), 4u);
  const nlohmann::ordered_json json = to_json(found);
  EXPECT_EQ(json.at("original").at("psnr"), 100);
  EXPECT_NEAR(json.at("result").at("lmd").get<double>(), *scores.lips.lmd, 1e-4 * *scores.lips.lmd);
  EXPECT_EQ(json.at("truth").at("frames"), 16);
  EXPECT_FALSE(json.at("result").contains("fid"));
  std::istringstream table(to_table(found));
  std::size_t width = 0;
  for (std::string line; std::getline(table, line);) {
    if (width == 0) width = line.size();
    EXPECT_EQ(line.size(), width) << line;
  }
}

TEST_F(Evaluate, PairsFramesByTime) {
  // Twice the frame rate, and shorter.
  const std::string fast = write("fast.mov", 24, 50, [](int i) { return face(opening(i / 2)); });
  const VideoScores scores = evaluate(fast).result;
  EXPECT_EQ(scores.frames, 24);
  EXPECT_EQ(scores.pairs, 12);
  EXPECT_EQ(*scores.psnr, kPsnrCap);
}

TEST_F(Evaluate, UprightFrames) {
  const std::string turned = write("turned.mov", 16, 25, [](int i) {
    cv::Mat stored;
    cv::rotate(face(opening(i)), stored, cv::ROTATE_90_COUNTERCLOCKWISE);
    return stored;
  });
  test::turn_clip(turned);
  const VideoScores scores = evaluate(turned).result;
  EXPECT_EQ(scores.pairs, 16);
  EXPECT_EQ(*scores.psnr, kPsnrCap);
  EXPECT_EQ(scores.without_face, 0);
}

TEST_F(Evaluate, CountsFramesWithoutFace) {
  const std::string away = write("away.mov", 16, 25, [](int i) {
    return i < 4 || i >= 10 ? face(opening(i)) : draw_background(kSize);
  });
  const VideosEvaluation found = evaluate(away);
  EXPECT_EQ(found.result.pairs, 16);
  EXPECT_EQ(found.result.without_face, 6);
  EXPECT_EQ(found.result.truth_without_face, 0);
  EXPECT_EQ(found.result.lips.frames, 10);
  EXPECT_GT(*found.result.lips.mouth_mae, 0);
  const std::string nobody = write("nobody.mov", 8, 25, [](int) { return draw_background(kSize); });
  const VideosEvaluation none = evaluate(nobody);
  EXPECT_EQ(none.result.without_face, 8);
  EXPECT_FALSE(none.result.lips.lmd);
  EXPECT_TRUE(to_json(none).at("result").at("lmd").is_null());
  EXPECT_NE(to_table(none).find("-\n"), std::string::npos);
}

TEST_F(Evaluate, NamesMismatchedVideo) {
  const std::string small = write("small.mov", 3, 25, [](int) {
    return cv::Mat(draw_background({160, 120}));
  });
  for (const std::string &path : {small, *folder_ / "missing.mov"}) {
    try {
      evaluate(path);
      ADD_FAILURE() << path;
    } catch (const Error &error) {
      EXPECT_NE(std::string(error.what()).find(std::filesystem::path(path).filename().string()),
                std::string::npos)
          << error.what();
    }
  }
}

/// Constant embeddings; records which crops and samples are compared.
class CountingEmbedder : public SyncEmbedder {
 public:
  std::string name() const override { return "counting"; }
  SyncDistance distance() const override { return SyncDistance::Euclidean; }
  std::vector<Box> smoothed(std::span<const Box> boxes) const override {
    return {boxes.begin(), boxes.end()};
  }
  cv::Mat crop(const cv::Mat &frame, const Box &) const override { return frame.clone(); }
  torch::Tensor lips(std::span<const cv::Mat> crops) const override {
    for (std::size_t i = 0; i + 4 < crops.size(); ++i) seen.push_back(crops[i]);
    return torch::zeros({std::int64_t(crops.size()) - 4, 2});
  }
  torch::Tensor sound(std::span<const float> samples) const override {
    heard = samples.size();
    return torch::ones({std::int64_t(samples.size()) / 640, 2});
  }

  mutable std::vector<cv::Mat> seen;
  mutable std::size_t heard = 0;
};

TEST_F(Evaluate, SyncScores) {
  const int frames = 75;
  const std::string longer =
      write("longer.mov", frames, 25, [](int i) { return face(opening(i)); });
  std::vector<TimedBox> track;
  for (int i = 0; i < frames; ++i) track.push_back({i / 25.0, Box{100, 60, 220, 200}});
  CountingEmbedder expert;
  const std::atomic<bool> cancel = false;
  const auto scores = score_sync(expert, longer, track, cancel);
  ASSERT_TRUE(scores);
  EXPECT_EQ(scores->expert, "counting");
  EXPECT_EQ(scores->offset.windows, frames - 5);
  EXPECT_EQ(expert.heard, frames * 640u);
  // In two batches, each window once and in order.
  ASSERT_EQ(expert.seen.size(), std::size_t(frames - 4));
  for (int i = 0; i < frames - 4; ++i)
    EXPECT_EQ(cv::norm(expert.seen[i], face(opening(i)), cv::NORM_INF), 0) << i;
  // All distances are sqrt(2) except at the end of the sound.
  EXPECT_NEAR(scores->offset.distance, std::sqrt(2.0) * (frames - 5 - 15) / (frames - 5), 1e-4);

  VideoOptions options;
  options.sync = &expert;
  const VideosEvaluation found = evaluate(truth_, options);
  ASSERT_TRUE(found.truth_sync && found.result.sync);
  EXPECT_EQ(to_json(found).at("result").at("sync").at("expert"), "counting");
  EXPECT_NE(to_table(found).find("LSE-C (counting)"), std::string::npos);
}

}  // namespace
}  // namespace hyperlips::training
