// SPDX-License-Identifier: LGPL-2.1-or-later
// The measures of lips in videos of a synthetic person, whose mouth is known, and in clips of real
// people, beside figures of another implementation.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>

#include "common/fixtures.hpp"
#include "common/test_media.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/synth/talking_head.hpp"
#include "training/evaluate/evaluate_videos.hpp"
#include "training/evaluate/evaluation_report.hpp"
#include "training/evaluate/picture_measures.hpp"
#include "training/evaluate/picture_reader.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

constexpr int kFrames = 60;

/// Openings like those of speech: about four a second, partly closed.
float opening(std::uint64_t speech, int frame) {
  const auto knot = [&](int k) {
    return std::max(0.0f, Random(speech, "opening", std::uint64_t(k)).uniform(-0.08f, 0.16f));
  };
  const float at = float(frame + 100) / 3;
  const int k = int(at);
  const float t = (1 - std::cos(float(M_PI) * (at - float(k)))) / 2;
  return (1 - t) * knot(k) + t * knot(k + 1);
}

FacePose pose(float opening, int frame) {
  FacePose pose;
  pose.mouth.opening = opening;
  pose.mouth.jaw = 3 * opening;
  pose.yaw = 0.06f * std::sin(0.11f * float(frame));
  pose.head_x = 0.02f * std::sin(0.07f * float(frame));
  return pose;
}

/// A lossless file.
void write(const std::string &path, int frames, const std::function<cv::Mat(int)> &picture) {
  test::write_clip(path, {.frames = frames,
                          .numbered = false,
                          .draw = picture,
                          .format = "RGB",
                          .encoder = "pngenc compression-level=1",
                          .muxer = "qtmux"});
}

VideosEvaluation evaluate(const VideoPaths &paths, const VideoOptions &options = {}) {
  const std::atomic<bool> cancel = false;
  return evaluate_videos(paths, options, cancel);
}

class EvaluateLips : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    folder_ = std::make_unique<test::TestFolder>();
    head_ = std::make_unique<synth::TalkingHead>(
        synth::TalkingHeadOptions{.seed = 12, .frame = {256, 256}, .camera_effects = false});
    truth_ = video("truth", [](int i) { return draw(opening(1, i), i); });
    other_ = video("other", [](int i) { return draw(opening(2, i), i); });
  }
  static void TearDownTestSuite() {
    head_.reset();
    folder_.reset();
  }

  static cv::Mat draw(float opening, int frame) {
    cv::Mat picture;
    synth::HeadTruth truth;
    head_->draw(pose(opening, frame), std::uint64_t(frame), picture, &truth);
    lips_ = mouth_box(truth.landmarks, picture.size()).value();
    return picture;
  }

  static std::string video(const std::string &name, const std::function<cv::Mat(int)> &picture) {
    const std::string path = *folder_ / (name + ".mov");
    write(path, kFrames, picture);
    return path;
  }

  static inline std::unique_ptr<test::TestFolder> folder_;
  static inline std::unique_ptr<synth::TalkingHead> head_;
  static inline std::string truth_, other_;
  static inline cv::Rect lips_;  // around the lips drawn last
};

TEST_F(EvaluateLips, LateMouthHasItsLag) {
  const std::string late = video("late", [](int i) { return draw(opening(1, i - 3), i); });
  const LipScores lips = evaluate({late, truth_}).result.lips;
  EXPECT_EQ(lips.frames, kFrames);
  ASSERT_TRUE(lips.opening && lips.opening->best);
  EXPECT_EQ(lips.opening->best->frames, 3);
  EXPECT_GT(lips.opening->best->r, 0.95);
  EXPECT_LT(lips.opening->r, 0.6);
  const double r = lips.opening->r;
  EXPECT_NEAR(lips.opening->standard_error, (1 - r * r) / std::sqrt(kFrames * 8 / 25.0 - 2), 1e-6);
  EXPECT_EQ(evaluate({truth_, late}).result.lips.opening->best->frames, -3);
  EXPECT_NEAR(*lips.sharpness, 1, 0.1);
}

TEST_F(EvaluateLips, BlurredLipsAreLessSharp) {
  const std::string blurred = video("blurred", [](int i) {
    cv::Mat picture = draw(opening(1, i), i);
    cv::GaussianBlur(picture(lips_), picture(lips_), {}, 1.5);
    return picture;
  });
  const LipScores lips = evaluate({blurred, truth_}).result.lips;
  EXPECT_LT(*lips.sharpness, 0.6);
  EXPECT_GT(lips.opening->r, 0.9);
  EXPECT_LT(*lips.mouth_mae, *lips.pasted_mae);
}

TEST_F(EvaluateLips, FrozenMouthDoesNotFollow) {
  const std::string frozen = video("frozen", [](int i) { return draw(0.05f, i); });
  const LipScores lips = evaluate({frozen, truth_}).result.lips;
  EXPECT_LT(std::abs(lips.opening->r), 0.35);
  EXPECT_LT(*lips.jitter, 0.5);
  EXPECT_EQ(*lips.closed, 0);
}

TEST_F(EvaluateLips, PastedMouthMovesWithTheHead) {
  const std::string still = video("still", [](int i) { return draw(0.05f, i); });
  const LipScores fixed = evaluate({still, still}).result.lips;
  EXPECT_LT(*fixed.pasted_mae, 0.012);
  EXPECT_EQ(fixed.pasted_frames, kFrames - 1);
  // It is as good as a result whose mouth is right in place but does not move.
  const LipScores lips = evaluate({still, truth_}).result.lips;
  EXPECT_GT(*lips.pasted_mae, 2 * *fixed.pasted_mae);
  EXPECT_NEAR(*lips.pasted_mae, *lips.mouth_mae, 0.4 * *lips.mouth_mae);
  EXPECT_EQ(lips.pasted_frames, kFrames - 1);
}

TEST_F(EvaluateLips, TremblingMouthJitters) {
  const std::string trembling = video("trembling", [](int i) {
    return draw(std::max(0.0f, opening(1, i) + (i % 2 ? 0.02f : -0.02f)), i);
  });
  EXPECT_GT(*evaluate({trembling, truth_}).result.lips.jitter, 1.2);
  EXPECT_NEAR(*evaluate({truth_, truth_}).result.lips.jitter, 1, 1e-9);
}

TEST_F(EvaluateLips, FollowsSpeakerWithoutLeak) {
  // other.mov is the truth's person with another speech.
  const VideosEvaluation found = evaluate({.result = other_, .truth = truth_, .speaker = other_});
  const LipScores &good = found.result.lips;
  EXPECT_NEAR(good.opening->r, 1, 1e-9);
  EXPECT_LT(std::abs(good.leak->r), 0.5);
  // A result that ignores the speech and shows the old one.
  const LipScores bad =
      evaluate({.result = truth_, .truth = truth_, .speaker = other_}).result.lips;
  EXPECT_NEAR(bad.leak->r, 1, 1e-9);
  EXPECT_NEAR(bad.opening->r, good.leak->r, 1e-9);
  const nlohmann::ordered_json json = to_json(found);
  EXPECT_EQ(json.at("driven_by"), "speaker");
  EXPECT_NEAR(json.at("result").at("leak").get<double>(), good.leak->r, 1e-5);
  EXPECT_TRUE(json.at("result").contains("leak_se"));
  EXPECT_NE(to_table(found).find("leak"), std::string::npos);
}

TEST_F(EvaluateLips, SilenceClosesTheMouth) {
  const std::string silent = video("silent", [](int i) { return draw(i % 5 == 0 ? 0.12f : 0, i); });
  VideoOptions options;
  options.silence = true;
  const VideosEvaluation found = evaluate({silent, truth_}, options);
  EXPECT_NEAR(*found.result.lips.closed, 0.8, 0.05);
  EXPECT_FALSE(found.result.lips.opening);
  EXPECT_LT(std::abs(found.result.lips.leak->r), 0.5);
  const nlohmann::ordered_json json = to_json(found);
  EXPECT_FALSE(json.at("result").contains("opening_corr"));
  EXPECT_NEAR(json.at("closed_below").get<double>(), options.closed_below, 1e-9);
  options.closed_below = 0.2;
  EXPECT_EQ(*evaluate({silent, truth_}, options).result.lips.closed, 1);
}

TEST_F(EvaluateLips, RangeOfFrames) {
  // Right in frames 20 ... 54, another mouth elsewhere.
  const std::string part =
      video("part", [](int i) { return draw(opening(i >= 20 && i < 55 ? 1 : 2, i), i); });
  const VideosEvaluation found =
      evaluate({.result = part, .truth = truth_, .first = 20, .last = 55});
  EXPECT_EQ(found.result.pairs, 35);
  EXPECT_EQ(found.result.lips.frames, 35);
  EXPECT_GT(found.result.lips.opening->r, 0.99);
  EXPECT_LT(*found.result.lips.mouth_mae, 1e-9);
  EXPECT_GT(*found.result.lips.pasted_mae, 0.01);
  EXPECT_LT(evaluate({part, truth_}).result.lips.opening->r, 0.9);
  EXPECT_THROW(evaluate({.result = part, .truth = truth_, .first = 20, .last = 20}), Error);
  EXPECT_THROW(evaluate({.result = part, .truth = truth_, .first = kFrames}), Error);
}

TEST_F(EvaluateLips, PoolsPairs) {
  const std::string late = video("late2", [](int i) { return draw(opening(1, i - 3), i); });
  std::vector<VideosEvaluation> pairs;
  for (const auto &[result, first, last] :
       {std::tuple{truth_, 0, 40}, {late, 0, 60}, {other_, 10, 60}})
    pairs.push_back(evaluate({.result = result, .truth = truth_, .first = first, .last = last}));
  const LipScores pooled = pool_results(pairs);
  EXPECT_EQ(pooled.frames, 150);
  double r = 0;
  for (const VideosEvaluation &pair : pairs)
    r += pair.result.lips.opening->r * double(pair.result.lips.frames) / 150;
  EXPECT_NEAR(pooled.opening->r, r, 1e-6);
  EXPECT_LT(pooled.opening->standard_error, pairs[1].result.lips.opening->standard_error);
  const nlohmann::ordered_json json = to_json(pairs);
  EXPECT_EQ(json.at("pairs").size(), 3u);
  EXPECT_NEAR(json.at("pooled").at("opening_corr").get<double>(), r, 1e-5);
  EXPECT_TRUE(json.at("pooled").at("opening_spread_se").is_number());
  const std::string table = to_table(pairs);
  EXPECT_NE(table.find("late2.mov"), std::string::npos);
  EXPECT_NE(table.find("pooled"), std::string::npos);
}

/// Figures of shared/tools/measure.py, which uses MediaPipe itself.
struct Figures {
  double opening, best;
  int lag;
  double error, sharpness, mouth_mae, jitter;
};

/// Copies of a clip of a real person, 5 s long.
class EvaluateClips : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  void SetUp() override {
    const auto shared = test::shared_data();
    if (!shared || !std::filesystem::exists(*shared / "media/real/vr_2.mp4"))
      GTEST_SKIP() << "no clips of real people";
    const std::atomic<bool> cancel = false;
    PictureReader reader((*shared / "media/real/vr_2.mp4").string(), cancel);
    while (const auto picture = reader.next()) {
      pictures_.emplace_back();
      cv::resize(picture->bgr, pictures_.back(), {420, 420}, 0, 0, cv::INTER_AREA);
    }
  }

  /// A lossless copy with the frames that `number` names, blurred by `sigma` pixels.
  std::string copy(const std::string &name, const std::function<int(int)> &number,
                   double sigma) const {
    const std::string path = folder_ / name;
    write(path, kFrames, [&](int i) {
      cv::Mat picture = pictures_.at(std::size_t(number(i))).clone();
      if (sigma > 0) cv::GaussianBlur(picture, picture, {}, sigma);
      return picture;
    });
    return path;
  }

  static void expect(const LipScores &lips, const Figures &figures) {
    EXPECT_NEAR(lips.opening->r, figures.opening, 0.03);
    EXPECT_NEAR(lips.opening->standard_error, figures.error, 0.01);
    EXPECT_NEAR(lips.opening->best->r, figures.best, 0.02);
    EXPECT_EQ(lips.opening->best->frames, figures.lag);
    EXPECT_NEAR(*lips.sharpness, figures.sharpness, 0.01);
    EXPECT_NEAR(*lips.mouth_mae, figures.mouth_mae, 0.0005);
    EXPECT_NEAR(*lips.jitter, figures.jitter, 0.05 * figures.jitter);
  }

  std::vector<cv::Mat> pictures_;
  test::TestFolder folder_;
};

// Repeat the figures: measure.py truth.mov RESULT [--from 20] [--driven-by speaker.mov]
TEST_F(EvaluateClips, AgreeWithMediaPipe) {
  const std::string truth = copy(
                        "truth.mov", [](int i) { return i; }, 0),
                    late = copy(
                        "late.mov", [](int i) { return std::max(0, i - 3); }, 0.8),
                    early = copy(
                        "early.mov", [](int i) { return i + 2; }, 0.6),
                    backward = copy(
                        "backward.mov", [](int i) { return kFrames - i; }, 0.8),
                    speaker = copy(
                        "speaker.mov", [](int i) { return kFrames - 1 - i; }, 0);
  expect(evaluate({late, truth}).result.lips, {0.1598, 0.9964, 3, 0.235, 0.612, 0.03657, 0.950});
  expect(evaluate({.result = early, .truth = truth, .first = 20}).result.lips,
         {0.4018, 0.9985, -2, 0.255, 0.714, 0.02537, 0.903});
  const LipScores driven =
      evaluate({.result = backward, .truth = truth, .speaker = speaker}).result.lips;
  expect(driven, {0.6977, 0.9963, 1, 0.124, 0.599, 0.05025, 0.990});
  EXPECT_NEAR(driven.leak->r, -0.001, 0.03);
}

}  // namespace
}  // namespace hyperlips::training
