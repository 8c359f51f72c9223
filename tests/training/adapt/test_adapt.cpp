// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <cstring>
#include <set>

#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "common/drawn_face.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tracker.hpp"
#include "training/adapt/adapt_dataset.hpp"
#include "training/adapt/adapt_hr.hpp"
#include "training/adapt/hr_frames.hpp"
#include "training/adapt/opening_sampler.hpp"
#include "training/data/base_dataset.hpp"
#include "training/data/clip_source.hpp"
#include "training/data/mouth_swap.hpp"
#include "training/data/picture.hpp"

namespace hyperlips::training {
namespace {

struct Crop {
  cv::Mat picture;
  Landmarks landmarks;
};

Crop crop_of(const DrawnFace &face) {
  const cv::Mat frame = draw_face({320, 320}, face);
  const auto faces = Tracker({}).track(view_of(frame), 0);
  EXPECT_EQ(faces.size(), 1u);
  Crop crop{crop_face(view_of(frame), faces[0].box), faces[0].landmarks};
  const Affine to_crop = crop_to_frame(faces[0].box).inverse();
  for (cv::Point3f &point : crop.landmarks) {
    const cv::Point2d place = to_crop(point.x, point.y);
    point.x = float(place.x);
    point.y = float(place.y);
  }
  return crop;
}

/// A clip whose frame i is of gray base + i and whose mel column k has one value.
FaceClip numbered_clip(int frames, int base) {
  static const Landmarks landmarks = crop_of({.width = 0.6f}).landmarks;
  FaceClip clip;
  for (int i = 0; i < frames; ++i) {
    clip.crops.emplace_back(128, 128, CV_8UC3, cv::Scalar::all(base + i));
    clip.landmarks.push_back(landmarks);
  }
  clip.mel.resize(std::size_t(frames) * 80 / 25 + 1);
  for (std::size_t k = 0; k < clip.mel.size(); ++k) clip.mel[k].fill(-4 + float(k) / 100);
  return clip;
}

std::shared_ptr<const FaceClip> shared(FaceClip clip) {
  return std::make_shared<const FaceClip>(std::move(clip));
}

double difference(const cv::Mat &a, const cv::Mat &b, cv::Rect part) {
  return cv::norm(a(part), b(part), cv::NORM_L1) / double(part.area() * 3);
}

TEST(MouthSwap, RecoversSimilarity) {
  const Landmarks from = crop_of({.width = 0.6f}).landmarks;
  const Affine motion{
      {1.1 * std::cos(0.2), -1.1 * std::sin(0.2), 7, 1.1 * std::sin(0.2), 1.1 * std::cos(0.2), -3}};
  Landmarks to = from;
  for (cv::Point3f &point : to) {
    const cv::Point2d moved = motion(point.x, point.y);
    point = {float(moved.x), float(moved.y), point.z};
  }
  // Points of the mouth do not count.
  for (const int lip : {13, 14, 17, 152, 61, 291}) to[std::size_t(lip)].y += 20;
  const Affine found = rigid_motion(from, to);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(found.m[i], motion.m[i], 1e-3) << i;
}

TEST(MouthSwap, ReplacesOnlyTheMouth) {
  const Crop closed = crop_of({.width = 0.6f, .mouth = 0}),
             open = crop_of({.width = 0.6f, .rotation = 4, .mouth = 0.9f});
  const cv::Mat swapped =
      swap_mouth(closed.picture, closed.landmarks, open.picture, open.landmarks);
  const cv::Rect upper(0, 0, 128, 56);
  EXPECT_EQ(difference(swapped, closed.picture, upper), 0);
  // The closed mouth is now open.
  cv::Mat frame(cv::Size(320, 320), CV_8UC3, cv::Scalar(190, 185, 180));
  const auto opening = [&](const cv::Mat &picture) {
    cv::Mat large;
    cv::resize(picture, large, {220, 220}, 0, 0, cv::INTER_CUBIC);
    large.copyTo(frame({50, 50, 220, 220}));
    const auto faces = Tracker({}).track(view_of(frame), 0);
    EXPECT_EQ(faces.size(), 1u);
    const Landmarks &l = faces.at(0).landmarks;
    return std::hypot(l[13].x - l[14].x, l[13].y - l[14].y) /
           std::hypot(l[10].x - l[152].x, l[10].y - l[152].y);
  };
  const double was = opening(closed.picture), wanted = opening(open.picture), is = opening(swapped);
  EXPECT_GT(wanted, was + 0.05);
  EXPECT_NEAR(is, wanted, 0.35 * (wanted - was));
}

TEST(MouthSwap, IdenticalFaces) {
  const Crop crop = crop_of({.width = 0.6f, .mouth = 0.4f});
  EXPECT_LE(cv::norm(swap_mouth(crop.picture, crop.landmarks, crop.picture, crop.landmarks),
                     crop.picture, cv::NORM_INF),
            1);
}

TEST(SplitFootage, SplitsAtMelColumns) {
  const std::vector<FaceClip> clips{numbered_clip(40, 0), numbered_clip(23, 100)};
  const FootageSplit split = split_footage(clips, 0.1, 0.2);
  ASSERT_EQ(split.training.size(), 1u);
  ASSERT_EQ(split.selection.size(), 1u);
  ASSERT_EQ(split.report.size(), 1u);
  EXPECT_EQ(split.training[0]->frames(), 40u);
  EXPECT_EQ(split.selection[0]->frames(), 10u);
  EXPECT_EQ(split.report[0]->frames(), 13u);
  EXPECT_EQ(split.report[0]->crops[0].at<cv::Vec3b>(0, 0)[0], 110);
  // Frame 10 starts at column 32.
  EXPECT_FLOAT_EQ(split.report[0]->mel[0][0], -4 + 0.32f);
  // No frame is in two parts.
  const FootageSplit whole = split_footage({numbered_clip(100, 0)}, 0.1, 0.2);
  EXPECT_EQ(whole.training[0]->frames(), 70u);
  EXPECT_EQ(whole.selection[0]->frames(), 10u);
  EXPECT_EQ(whole.selection[0]->crops[0].at<cv::Vec3b>(0, 0)[0], 70);
  EXPECT_EQ(whole.report[0]->frames(), 20u);
  EXPECT_EQ(whole.report[0]->crops[0].at<cv::Vec3b>(0, 0)[0], 80);
}

TEST(AdaptDataset, FramesHaveTheirSpeech) {
  const FaceClip clip = numbered_clip(40, 50);
  const AdaptDataset dataset({shared(clip)}, {.augment = false, .mouth_swap = 0});
  EXPECT_EQ(dataset.epoch(), 40);
  const MouthBox lips = mouth_box(clip.landmarks[0]);
  std::set<int> seen;
  int first_references = 0;
  for (int i = 0; i < 200; ++i) {
    const Batch example = dataset.example(1, i);
    ASSERT_EQ(example.at("mels").sizes(), (torch::IntArrayRef{1, 1, 80, 16}));
    ASSERT_EQ(example.at("face").sizes(), (torch::IntArrayRef{6, 1, 128, 128}));
    ASSERT_EQ(example.at("target").sizes(), (torch::IntArrayRef{3, 1, 128, 128}));
    const int frame = int(std::lround(example.at("target")[1][0][100][7].item<float>() * 255)) - 50;
    seen.insert(frame);
    EXPECT_FLOAT_EQ(example.at("face")[0][0][63][0].item<float>(), float(50 + frame) / 255);
    EXPECT_EQ(example.at("face")[0][0][64][0].item<float>(), 0);
    const int reference =
        int(std::lround(example.at("face")[4][0][90][0].item<float>() * 255)) - 50;
    first_references += reference == 0;
    EXPECT_GT(std::abs(reference - frame), kReferenceDistance);
    const float column = example.at("mels")[0][0][40][0].item<float>();
    // The last 16 of 129 columns serve the frames at the end, as in inference.
    EXPECT_NEAR(column, -4 + float(std::min(frame * 80 / 25, 113)) / 100, 1e-5) << frame;
    ASSERT_EQ(example.at("lips").sizes(), (torch::IntArrayRef{1, 4}));
    for (std::size_t i = 0; i < 4; ++i)
      EXPECT_EQ(example.at("lips")[0][std::int64_t(i)].item<float>(), lips[i]);
  }
  EXPECT_GT(seen.size(), 35u);
  EXPECT_GT(first_references, 50);
  EXPECT_LT(first_references, 110);
}

TEST(AdaptDataset, SwappedMouthHasItsSpeech) {
  const AdaptDataset dataset({shared(numbered_clip(60, 50))}, {.augment = false, .mouth_swap = 1});
  int different = 0;
  for (int i = 0; i < 20; ++i) {
    const Batch example = dataset.example(3, i);
    // Mouth and forehead have the grays of two frames; the speech is that of the mouth.
    const int mouth = int(std::lround(example.at("target")[0][0][95][64].item<float>() * 255)) - 50;
    const int forehead =
        int(std::lround(example.at("target")[0][0][10][64].item<float>() * 255)) - 50;
    different += mouth != forehead;
    EXPECT_NEAR(example.at("mels")[0][0][0][0].item<float>(),
                -4 + float(std::min(mouth * 80 / 25, 177)) / 100, 1e-5);
    const int reference =
        int(std::lround(example.at("face")[4][0][90][0].item<float>() * 255)) - 50;
    EXPECT_GT(std::abs(reference - forehead), kReferenceDistance);
    EXPECT_GT(std::abs(reference - mouth), kReferenceDistance);
  }
  EXPECT_GT(different, 15);
}

/// A clip of 60 numbered frames whose lower lip is lower from frame to frame.
class NumberedSource : public ClipSource {
 public:
  NumberedSource() : ClipSource({}), clip_(numbered_clip(60, 50)) {}
  cv::Mat picture(const Clip &, int number, int) override {
    return clip_.crops[std::size_t(number)];
  }
  MelColumns mel(const Clip &) override {
    return std::make_shared<const std::vector<MelColumn>>(clip_.mel);
  }
  std::optional<Landmarks> landmarks(const Clip &, int number) override {
    Landmarks landmarks = clip_.landmarks[0];
    landmarks[17].y += float(number) / 4;
    return landmarks;
  }
  std::optional<ClipTruth> truth(const Clip &) override { return {}; }
  Framing framing(const Clip &) override { return Framing::Steady; }

 private:
  FaceClip clip_;
};

TEST(BaseDataset, SwappedMouthHasItsSpeechAndLips) {
  const auto source = std::make_shared<NumberedSource>();
  const Clip clip{"s/1", {}, {{0, 60}}};
  const BaseDataset dataset(
      {clip}, source, BaseOptions{.timing = MelTiming::Inference, .frames = 1, .mouth_swap = 1});
  int different = 0;
  for (int i = 0; i < 30; ++i) {
    const Batch example = dataset.example(3, i);
    const auto frame_at = [&](const char *name, int channel, int row) {
      return int(std::lround(example.at(name)[channel][0][row][64].item<float>() * 255)) - 50;
    };
    const int mouth = frame_at("target", 0, 95), forehead = frame_at("target", 0, 10),
              reference = frame_at("face", 4, 90);
    different += mouth != forehead;
    EXPECT_NEAR(example.at("mels")[0][0][0][0].item<float>(),
                -4 + float(std::min(mouth * 80 / 25, 177)) / 100, 1e-5);
    EXPECT_EQ(example.at("lips")[0][1].item<float>(),
              mouth_box(*source->landmarks(clip, mouth))[1]);
    EXPECT_GT(std::abs(reference - forehead), kReferenceDistance);
    EXPECT_GT(std::abs(reference - mouth), kReferenceDistance);
  }
  EXPECT_GT(different, 20);
}

TEST(AdaptDataset, ExamplesDependOnlyOnSeedAndIndex) {
  const auto clip = shared(numbered_clip(30, 20));
  const AdaptDataset one({clip}, {}), other({clip}, {});
  const Batch first = one.example(7, 5);
  other.example(7, 4);
  EXPECT_TRUE(torch::equal(first.at("target"), other.example(7, 5).at("target")));
  EXPECT_TRUE(torch::equal(first.at("mels"), other.example(7, 5).at("mels")));
  EXPECT_FALSE(torch::equal(first.at("target"), other.example(8, 5).at("target")));
}

TEST(HeldOutDataset, EqualsInference) {
  const HeldOutDataset dataset({shared(numbered_clip(20, 0)), shared(numbered_clip(10, 100))},
                               cv::Mat(128, 128, CV_8UC3, cv::Scalar::all(200)));
  EXPECT_EQ(dataset.epoch(), 30);
  const Batch last = dataset.example(0, 29);
  EXPECT_NEAR(last.at("target")[0][0][0][0].item<float>(), 109.0f / 255, 1e-6);
  EXPECT_NEAR(last.at("face")[3][0][0][0].item<float>(), 200.0f / 255, 1e-6);
  // The last columns, as the elements do, not silence.
  EXPECT_NEAR(last.at("mels")[0][0][0][15].item<float>(), -4 + 0.32, 1e-6);
  EXPECT_TRUE(torch::equal(last.at("target"), dataset.example(5, 59).at("target")));
}

TEST(HeldOutDataset, TakesEachSecondFrame) {
  const HeldOutDataset dataset({shared(numbered_clip(5, 0)), shared(numbered_clip(4, 100))},
                               cv::Mat(128, 128, CV_8UC3, cv::Scalar::all(200)), 2);
  EXPECT_EQ(dataset.epoch(), 5);
  std::vector<int> frames;
  for (int i = 0; i < 5; ++i)
    frames.push_back(
        int(std::lround(dataset.example(0, i).at("target")[0][0][0][0].item<float>() * 255)));
  EXPECT_EQ(frames, (std::vector{0, 2, 4, 101, 103}));
}

TEST(OpeningSampler, DrawsWideMouthsAsOftenAsClosedOnes) {
  std::vector<double> openings;
  for (int i = 0; i < 1000; ++i) openings.push_back(i % 10 == 0 ? 0.1 + 0.0003 * i : 0.00002 * i);
  const OpeningSampler sampler(openings);
  Random random(3, 1);
  std::set<std::size_t> drawn;
  int wide = 0;
  constexpr int kDraws = 4000;
  for (int i = 0; i < kDraws; ++i) {
    const std::size_t frame = sampler.draw(random);
    drawn.insert(frame);
    wide += openings[frame] >= 0.1;
  }
  // A tenth of the frames has three quarters of the range.
  EXPECT_GT(wide, 0.6 * kDraws);
  EXPECT_LT(wide, 0.9 * kDraws);
  EXPECT_GT(drawn.size(), 150u);
}

TEST(OpeningSampler, DrawsAllFramesOfOneOpening) {
  const OpeningSampler sampler(std::vector<double>(30, 0.1));
  Random random(3, 2);
  std::set<std::size_t> drawn;
  for (int i = 0; i < 400; ++i) drawn.insert(sampler.draw(random));
  EXPECT_EQ(drawn.size(), 30u);
  EXPECT_EQ(OpeningSampler({0.5}).draw(random), 0u);
}

/// The numbered clip with a native crop for each frame.
FaceClip clip_with_native(int frames, int base, int size) {
  FaceClip clip = numbered_clip(frames, base);
  for (const cv::Mat &crop : clip.crops) {
    cv::Mat native;
    cv::resize(crop, native, {size, size});
    clip.native.push_back({size, encode_jpeg(native)});
  }
  return clip;
}

int gray(const cv::Mat &picture) { return picture.at<cv::Vec3b>(60, 60)[1]; }

TEST(AdaptDataset, AugmentationLimits) {
  FaceClip clip = numbered_clip(40, 50);
  for (cv::Mat &crop : clip.crops) crop.colRange(64, 128).setTo(cv::Scalar::all(220));
  for (MelColumn &column : clip.mel) {
    column.fill(0);
    column[40] = 4;
  }
  const AdaptDataset dataset({shared(clip)}, {.mouth_swap = 0});
  int masked = 0;
  std::set<int> loudest;
  for (int i = 0; i < 60; ++i) {
    const Batch example = dataset.example(2, i);
    const torch::Tensor mels = example.at("mels"), target = example.at("target");
    EXPECT_LE(mels.abs().max().item<float>(), 4);
    EXPECT_LT(target[1][0][64][20].item<float>(), target[1][0][64][108].item<float>());
    // The loud band is transposed, unless it is masked.
    loudest.insert(int(mels[0][0].select(1, 8).argmax().item<std::int64_t>()));
    masked += (mels == -4).any().item<bool>();
  }
  for (const int band : {38, 39, 40, 41, 42}) EXPECT_TRUE(loudest.contains(band)) << band;
  EXPECT_GT(masked, 15);
  EXPECT_LT(masked, 45);
}

TEST(SplitFootage, SplitsNativeCrops) {
  const FootageSplit split = split_footage({clip_with_native(40, 0, 200)}, 0.25, 0.25);
  ASSERT_EQ(split.training[0]->native.size(), 20u);
  ASSERT_EQ(split.selection[0]->native.size(), 10u);
  ASSERT_EQ(split.report[0]->native.size(), 10u);
  EXPECT_NEAR(gray(cv::imdecode(split.report[0]->native[0].jpeg, cv::IMREAD_COLOR)), 30, 2);
}

TEST(AdaptFrames, SpreadOverAllClips) {
  const std::vector clips{shared(numbered_clip(30, 0)), shared(clip_with_native(30, 100, 200))};
  const ChosenFrames all = spread_frames(clips, 100);
  EXPECT_EQ(all.size(), 60u);
  const ChosenFrames some = spread_frames(clips, 20);
  ASSERT_EQ(some.size(), 20u);
  const HeldOutDataset dataset(clips, clips[0]->crops[0]);
  for (std::size_t i = 0; i < some.size(); ++i) {
    const torch::Tensor target = dataset.example(0, some.indices[i]).at("target");
    EXPECT_EQ(std::lround(target[1][0][60][60].item<float>() * 255), gray(some.crops[i]));
  }
  EXPECT_EQ(gray(some.crops.back()), 127);
}

TEST(AdaptFrames, ScaledBudgetHasAtLeastOneStep) {
  TrainerOptions whole;
  whole.steps = 10;
  whole.time = std::chrono::minutes(10);
  EXPECT_EQ(scale_budget(whole, 0.4).steps, 4);
  EXPECT_EQ(scale_budget(whole, 0.4).time, std::chrono::seconds(240));
  EXPECT_EQ(scale_budget(whole, 0.001).steps, 1);
  EXPECT_EQ(scale_budget(whole, 0.001).time, std::chrono::seconds(1));
  EXPECT_EQ(scale_budget(TrainerOptions{}, 0.5).steps, 0);
}

TEST(HrFrames, ExamplesOfBaseSketchAndTruth) {
  const Crop crop = crop_of({.width = 0.6f, .mouth = 0.5f});
  const std::vector clips{shared(clip_with_native(12, 40, 300))};
  ChosenFrames frames = spread_frames(clips, 12);
  for (Landmarks &landmarks : frames.landmarks) landmarks = crop.landmarks;
  FaceMesh mesh;
  const std::vector<cv::Mat> generated(12, crop.picture);
  const HrFrames given(frames, generated, mesh, 256, HrFrames::Order::Given);
  EXPECT_EQ(given.epoch(), 12);
  const Batch example = given.example(5, 12 + 7);
  ASSERT_EQ(example.at("base").sizes(), (torch::IntArrayRef{3, 1, 128, 128}));
  ASSERT_EQ(example.at("sketch").sizes(), (torch::IntArrayRef{3, 1, 128, 128}));
  ASSERT_EQ(example.at("target").sizes(), (torch::IntArrayRef{3, 1, 256, 256}));
  ASSERT_EQ(example.at("lips").sizes(), (torch::IntArrayRef{1, 4}));
  EXPECT_NEAR(example.at("target")[1][0][100][100].item<float>() * 255, 47, 2);
  EXPECT_EQ(std::lround(example.at("base")[2][0][90][30].item<float>() * 255),
            crop.picture.at<cv::Vec3b>(90, 30)[2]);
  const torch::Tensor sketch = example.at("sketch");
  EXPECT_TRUE(((sketch == 0) | (sketch == 1)).all().item<bool>());
  // The lips are inside their box, at the size of the truth.
  const torch::Tensor lips = example.at("lips")[0];
  const cv::Point3f upper = crop.landmarks[13];
  EXPECT_GT(2 * upper.y, lips[0].item<float>());
  EXPECT_LT(2 * upper.y, lips[1].item<float>());
  EXPECT_GT(2 * upper.x, lips[2].item<float>());
  EXPECT_LT(2 * upper.x, lips[3].item<float>());
  EXPECT_EQ(given.enlarged(0).size(), cv::Size(256, 256));

  const HrFrames random(frames, generated, mesh, 256, HrFrames::Order::Random);
  std::set<long> seen;
  for (int i = 0; i < 40; ++i)
    seen.insert(std::lround(random.example(5, i).at("target")[1][0][100][100].item<float>() * 255));
  EXPECT_GT(seen.size(), 5u);
  EXPECT_TRUE(torch::equal(random.example(5, 3).at("target"), random.example(5, 3).at("target")));

  frames.native.clear();
  EXPECT_THROW(HrFrames(frames, generated, mesh, 256, HrFrames::Order::Given), Error);
}

TEST(AdaptHr, RejectsInvalidOptions) {
  AdaptHrOptions options;
  check(options);
  options.share = 1;
  EXPECT_THROW(check(options), Error);
  options = {.batch = 0};
  EXPECT_THROW(check(options), Error);
}

TEST(AdaptDataset, RejectsMissingFootage) {
  EXPECT_THROW(AdaptDataset({}, {}), Error);
  EXPECT_THROW(HeldOutDataset({}, cv::Mat()), Error);
}

}  // namespace
}  // namespace hyperlips::training
