// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <cstring>
#include <set>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "common/drawn_face.hpp"
#include "error.hpp"
#include "face/crop.hpp"
#include "face/tracker.hpp"
#include "training/adapt/adapt_dataset.hpp"
#include "training/adapt/mouth_swap.hpp"

namespace hyperlips::training {
namespace {

struct Crop {
  cv::Mat picture;
  Landmarks landmarks;
};

Crop crop_of(const DrawnFace &face) {
  const cv::Mat frame = draw_face({320, 320}, face);
  const auto faces = Tracker({}).track(view_of(frame));
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

/// Clips whose frame i of clip c has one grey and whose mel column k one value.
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

TEST(MouthSwap, FindsASimilarityExactly) {
  const Landmarks from = crop_of({.width = 0.6f}).landmarks;
  const Affine motion{
      {1.1 * std::cos(0.2), -1.1 * std::sin(0.2), 7, 1.1 * std::sin(0.2), 1.1 * std::cos(0.2), -3}};
  Landmarks to = from;
  for (cv::Point3f &point : to) {
    const cv::Point2d moved = motion(point.x, point.y);
    point = {float(moved.x), float(moved.y), point.z};
  }
  // The mouth says something else: it does not count.
  for (const int lip : {13, 14, 17, 152, 61, 291}) to[std::size_t(lip)].y += 20;
  const Affine found = rigid_motion(from, to);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(found.m[i], motion.m[i], 1e-3) << i;
}

TEST(MouthSwap, TakesTheMouthAndLeavesTheRest) {
  const Crop closed = crop_of({.width = 0.6f, .mouth = 0}),
             open = crop_of({.width = 0.6f, .rotation = 4, .mouth = 0.9f});
  const cv::Mat swapped =
      swap_mouth(closed.picture, closed.landmarks, open.picture, open.landmarks);
  const cv::Rect upper(0, 0, 128, 56);
  EXPECT_EQ(difference(swapped, closed.picture, upper), 0);
  // The mouth is found open where it was closed.
  cv::Mat frame(cv::Size(320, 320), CV_8UC3, cv::Scalar(190, 185, 180));
  const auto opening = [&](const cv::Mat &picture) {
    cv::Mat large;
    cv::resize(picture, large, {220, 220}, 0, 0, cv::INTER_CUBIC);
    large.copyTo(frame({50, 50, 220, 220}));
    const auto faces = Tracker({}).track(view_of(frame));
    EXPECT_EQ(faces.size(), 1u);
    const Landmarks &l = faces.at(0).landmarks;
    return std::hypot(l[13].x - l[14].x, l[13].y - l[14].y) /
           std::hypot(l[10].x - l[152].x, l[10].y - l[152].y);
  };
  const double was = opening(closed.picture), wanted = opening(open.picture), is = opening(swapped);
  EXPECT_GT(wanted, was + 0.05);
  EXPECT_NEAR(is, wanted, 0.35 * (wanted - was));
}

TEST(MouthSwap, OfAFaceWithItselfChangesNothing) {
  const Crop crop = crop_of({.width = 0.6f, .mouth = 0.4f});
  EXPECT_LE(cv::norm(swap_mouth(crop.picture, crop.landmarks, crop.picture, crop.landmarks),
                     crop.picture, cv::NORM_INF),
            1);
}

TEST(SplitFootage, HoldsOutTheEndOnAColumn) {
  const std::vector<FaceClip> clips{numbered_clip(40, 0), numbered_clip(23, 100)};
  const HeldOutSplit split = split_footage(clips, 0.2);
  ASSERT_EQ(split.training.size(), 2u);
  ASSERT_EQ(split.held_out.size(), 1u);
  EXPECT_EQ(split.training[0]->frames(), 40u);
  EXPECT_EQ(split.training[1]->frames(), 10u);
  EXPECT_EQ(split.held_out[0]->frames(), 13u);
  EXPECT_EQ(split.held_out[0]->crops[0].at<cv::Vec3b>(0, 0)[0], 110);
  // Frame 10 starts at column 32.
  EXPECT_FLOAT_EQ(split.held_out[0]->mel[0][0], -4 + 0.32f);
  const HeldOutSplit half = split_footage({numbered_clip(40, 0)}, 0.5);
  EXPECT_EQ(half.training[0]->frames(), 20u);
  EXPECT_EQ(half.held_out[0]->frames(), 20u);
}

TEST(AdaptDataset, GivesAFrameWithItsOwnSpeech) {
  const AdaptDataset dataset({shared(numbered_clip(40, 50))}, {.augment = false, .mouth_swap = 0});
  EXPECT_EQ(dataset.epoch(), 40);
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
    const float column = example.at("mels")[0][0][40][0].item<float>();
    EXPECT_NEAR(column, -4 + float(frame * 80 / 25) / 100, 1e-5) << frame;
  }
  EXPECT_GT(seen.size(), 35u);
  EXPECT_GT(first_references, 70);
  EXPECT_LT(first_references, 140);
}

TEST(AdaptDataset, ASwappedMouthBringsItsOwnSpeech) {
  const AdaptDataset dataset({shared(numbered_clip(60, 50))}, {.augment = false, .mouth_swap = 1});
  int different = 0;
  for (int i = 0; i < 20; ++i) {
    const Batch example = dataset.example(3, i);
    // The mouth's grey and the forehead's grey are those of two frames; the speech is the mouth's.
    const int mouth = int(std::lround(example.at("target")[0][0][95][64].item<float>() * 255)) - 50;
    const int forehead =
        int(std::lround(example.at("target")[0][0][10][64].item<float>() * 255)) - 50;
    different += mouth != forehead;
    EXPECT_NEAR(example.at("mels")[0][0][0][0].item<float>(), -4 + float(mouth * 80 / 25) / 100,
                1e-5);
  }
  EXPECT_GT(different, 15);
}

TEST(AdaptDataset, ExamplesDependOnSeedAndNumberAlone) {
  const auto clip = shared(numbered_clip(30, 20));
  const AdaptDataset one({clip}, {}), other({clip}, {});
  const Batch first = one.example(7, 5);
  other.example(7, 4);
  EXPECT_TRUE(torch::equal(first.at("target"), other.example(7, 5).at("target")));
  EXPECT_TRUE(torch::equal(first.at("mels"), other.example(7, 5).at("mels")));
  EXPECT_FALSE(torch::equal(first.at("target"), other.example(8, 5).at("target")));
}

TEST(HeldOutDataset, FollowsInference) {
  const HeldOutDataset dataset({shared(numbered_clip(20, 0)), shared(numbered_clip(10, 100))},
                               cv::Mat(128, 128, CV_8UC3, cv::Scalar::all(200)));
  EXPECT_EQ(dataset.epoch(), 30);
  const Batch last = dataset.example(0, 29);
  EXPECT_NEAR(last.at("target")[0][0][0][0].item<float>(), 109.0f / 255, 1e-6);
  EXPECT_NEAR(last.at("face")[3][0][0][0].item<float>(), 200.0f / 255, 1e-6);
  // Beyond the sound there is silence.
  EXPECT_EQ(last.at("mels")[0][0][0][15].item<float>(), -4);
  EXPECT_TRUE(torch::equal(last.at("target"), dataset.example(5, 59).at("target")));
}

TEST(AdaptDataset, NoFootageIsAnError) {
  EXPECT_THROW(AdaptDataset({}, {}), Error);
  EXPECT_THROW(HeldOutDataset({}, cv::Mat()), Error);
}

}  // namespace
}  // namespace hyperlips::training
