// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/driven_lips.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/synth/talking_head.hpp"
#include "hyperlips/video/sample.hpp"
#include "training/data/windows.hpp"
#include "training/evaluate/evaluation_report.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

constexpr int kClipFrames = 80;
constexpr float kWidest = 0.15f;

/// Crops of one synthetic person with any opening of the mouth, in steps.
class Mouths {
 public:
  Mouths() {
    synth::TalkingHead head({.seed = 12, .frame = {256, 256}, .camera_effects = false});
    std::optional<Box> box;
    for (int step = 0; step < kSteps; ++step) {
      FacePose pose;
      pose.mouth.opening = kWidest * float(step) / (kSteps - 1);
      pose.mouth.jaw = 3 * pose.mouth.opening;
      cv::Mat picture;
      synth::HeadTruth truth;
      head.draw(pose, 0, picture, &truth);
      if (!box) box = padded(bounding_box(truth.landmarks), {.bottom = 10});
      const double sx = box->width() / kCropSize, sy = box->height() / kCropSize;
      crops_.push_back(sample_bgr(view_of(picture), {{sx, 0, box->x0, 0, sy, box->y0}},
                                  {kCropSize, kCropSize}, Border::Replicate));
    }
  }

  const cv::Mat &operator()(float opening) const {
    const float step = std::clamp(opening / kWidest, 0.0f, 1.0f) * (kSteps - 1);
    return crops_[std::size_t(std::lround(step))];
  }

 private:
  static constexpr int kSteps = 16;
  std::vector<cv::Mat> crops_;
};

const Mouths &mouths() {
  static const Mouths drawn;
  return drawn;
}

float opening(const std::string &clip, float frame) {
  const auto knot = [&](int k) {
    return std::max(0.0f, Random(3, clip, std::uint64_t(k)).uniform(-0.08f, kWidest));
  };
  const float at = frame / 3 + 10;
  const float t = at - std::floor(at);
  return (1 - t) * knot(int(at)) + t * knot(int(at) + 1);
}

/// Clips whose sound tells the opening: the first band of a mel window's first column.
class SpokenOpenings : public ClipSource {
 public:
  SpokenOpenings() : ClipSource({}) {}

  cv::Mat picture(const Clip &clip, int number, int) override {
    if (clip.name == "broken/0") reject(clip.picture(number), "broken/0 cannot be read.");
    return mouths()(opening(clip.name, float(number)));
  }

  MelColumns mel(const Clip &clip) override {
    auto columns = std::make_shared<std::vector<MelColumn>>();
    for (int i = 0; i < mel_start(kClipFrames) + kMelWindow; ++i) {
      MelColumn column;
      column.fill(kMelSilence + 8 / kWidest * opening(clip.name, float(i * kFrameRate) / kMelRate));
      columns->push_back(column);
    }
    return columns;
  }

  std::optional<Landmarks> landmarks(const Clip &, int) override { return std::nullopt; }
  std::optional<ClipTruth> truth(const Clip &) override { return std::nullopt; }
  Framing framing(const Clip &) override { return Framing::Published; }
};

Clip clip(const std::string &name, int frames = kClipFrames) {
  return {name, "/nowhere/" + name, {{0, frames}}};
}

torch::Tensor pictures(const Batch &batch, const std::function<float(int index)> &opening) {
  std::vector<torch::Tensor> made;
  for (int i = 0; i < batch.at("mels").size(0); ++i)
    made.push_back(picture_window({&mouths()(opening(i)), 1}).squeeze(1));
  return torch::stack(made);
}

/// A model that shows what it hears.
torch::Tensor listen(const Batch &batch) {
  EXPECT_EQ(batch.at("mels").dim(), 4);
  EXPECT_EQ(batch.at("face").size(1), 6);
  EXPECT_EQ(batch.at("face").slice(1, 0, 3).slice(2, 64, 128).abs().max().item<float>(), 0);
  return pictures(batch, [&](int i) {
    return (batch.at("mels")[i][0][0][0].item<float>() - kMelSilence) * kWidest / 8;
  });
}

DrivenLipsOptions options() {
  DrivenLipsOptions options;
  options.clips = 4;
  options.frames = 50;
  return options;
}

TEST(DrivenLips, ListeningModelFollowsEverySound) {
  SpokenOpenings source;
  const std::vector<Clip> clips{clip("anna/0"), clip("bert/0"), clip("short/0", 30),
                                clip("broken/0")};
  const DrivenLips found = measure_driven_lips(clips, source, listen, options());
  EXPECT_EQ(found.clips, 2);
  EXPECT_EQ(found.too_short, 1);
  EXPECT_EQ(source.unreadable(), 1);
  EXPECT_EQ(found.own.frames, 100);
  EXPECT_GT(found.own.opening->r, 0.95);
  EXPECT_EQ(found.own.opening->best->frames, 0);
  EXPECT_LT(found.own.opening->standard_error, 0.05);
  EXPECT_NEAR(*found.own.sharpness, 1, 0.1);
  EXPECT_LT(*found.own.mouth_mae, *found.pasted.mouth_mae);

  EXPECT_EQ(found.late.opening->best->frames, 5);
  EXPECT_EQ(found.early.opening->best->frames, -5);
  EXPECT_GT(found.late.opening->best->r, 0.9);
  EXPECT_LT(found.late.opening->r, 0.5);
  EXPECT_LT(found.early.opening->r, 0.5);

  ASSERT_TRUE(found.other);
  EXPECT_GT(found.other->opening->r, 0.95);
  EXPECT_LT(std::abs(found.other->leak->r), 0.4);

  EXPECT_GT(*found.silence.closed, 0.98);
  EXPECT_FALSE(found.silence.opening);
  EXPECT_LT(*found.own.closed, 0.9);
  // The measure itself does not tell the true mouth.
  EXPECT_LT(found.pasted.leak ? std::abs(found.pasted.leak->r) : 0, 0.3);

  const nlohmann::ordered_json json = to_json(found);
  EXPECT_NEAR(json.at("other").at("leak").get<double>(), found.other->leak->r, 1e-5);
  EXPECT_EQ(json.at("late").at("opening_best")[1], 5);
  EXPECT_NE(to_table(found).find("5 frames late"), std::string::npos);
}

TEST(DrivenLips, PublishedTimingHearsOneFrameEarlier) {
  SpokenOpenings source;
  DrivenLipsOptions published = options();
  published.timing = MelTiming::Published;
  const DrivenLips found =
      measure_driven_lips({clip("anna/0"), clip("bert/0")}, source, listen, published);
  EXPECT_EQ(found.own.opening->best->frames, 1);
  EXPECT_EQ(found.late.opening->best->frames, 6);
}

TEST(DrivenLips, DeafModelLeaks) {
  // A model that knows the true mouth without sound: here, by counting pictures.
  constexpr int kFirst = 10, kCount = 66;  // the frames that are left of the clip
  SpokenOpenings source;
  DrivenLipsOptions all = options();
  all.frames = kClipFrames;
  int number = 0;
  const Generate deaf = [&](const Batch &batch) {
    return pictures(batch,
                    [&](int) { return opening("anna/0", float(kFirst + number++ % kCount)); });
  };
  const DrivenLips found = measure_driven_lips({clip("anna/0")}, source, deaf, all);
  EXPECT_FALSE(found.other);
  EXPECT_EQ(found.own.frames, kCount);
  EXPECT_GT(found.own.opening->r, 0.95);
  EXPECT_EQ(found.late.opening->best->frames, 0);
  EXPECT_GT(found.silence.leak->r, 0.95);
  EXPECT_LT(*found.silence.closed, 0.9);
}

TEST(DrivenLips, SaysThatClipsAreTooShort) {
  SpokenOpenings source;
  const DrivenLips found = measure_driven_lips({clip("anna/0", 40)}, source, listen, options());
  EXPECT_EQ(found.clips, 0);
  EXPECT_NE(to_table(found).find("not measured"), std::string::npos);
  DrivenLipsOptions wrong = options();
  wrong.shift = kMaxLag + 1;
  EXPECT_THROW(measure_driven_lips({clip("anna/0")}, source, listen, wrong), Error);
}

}  // namespace
}  // namespace hyperlips::training
