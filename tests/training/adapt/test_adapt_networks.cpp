// SPDX-License-Identifier: LGPL-2.1-or-later
// What adapt does with networks besides training them.
#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>
#include <torch/utils.h>

#include "common/drawn_face.hpp"
#include "common/temporary_folder.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tracker.hpp"
#include "hyperlips/nn/batch_norm.hpp"
#include "training/adapt/adapt.hpp"
#include "training/adapt/degraded_truth.hpp"
#include "training/adapt/norm_statistics.hpp"
#include "training/data/picture.hpp"
#include "training/evaluate/crop_measures.hpp"
#include "training/preprocess/face_clip_reader.hpp"

namespace hyperlips::training {
namespace {

/// Frames of a drawn face whose mouth opens and closes.
std::shared_ptr<const FaceClip> drawn_clip(int frames) {
  auto clip = std::make_shared<FaceClip>();
  for (int i = 0; i < frames; ++i) {
    const cv::Mat frame = draw_face({320, 320}, {.width = 0.6f, .mouth = 0.9f * float(i % 5) / 4});
    const auto faces = Tracker({}).track(view_of(frame), 0);
    EXPECT_EQ(faces.size(), 1u);
    clip->crops.push_back(crop_face(view_of(frame), faces[0].box));
    clip->landmarks.push_back(landmarks_in_crop(faces[0].landmarks, faces[0].box));
    clip->native.push_back({128, encode_jpeg(clip->crops.back())});
  }
  clip->mel.resize(std::size_t(frames) * 80 / 25 + 1);
  for (std::size_t k = 0; k < clip->mel.size(); ++k) clip->mel[k].fill(-4 + float(k % 40) / 10);
  return clip;
}

double lower_half_error(const cv::Mat &a, const cv::Mat &b) {
  return cv::norm(a(lower_half(a)), b(lower_half(b)), cv::NORM_L1) /
         double(lower_half(a).area() * 3);
}

TEST(DegradedTruth, IsAsSharpAsTheGeneratedPictures) {
  const auto clip = drawn_clip(5);
  std::vector<cv::Mat> generated;
  for (const cv::Mat &crop : clip->crops) generated.push_back(blur_lower_half(crop, 2));
  EXPECT_NEAR(matching_blur(clip->crops, generated), 2, 0.1);
  EXPECT_EQ(matching_blur(generated, clip->crops), 0);
  const std::vector<cv::Mat> degraded = degraded_truths(clip->crops, 2);
  double sharpness = 0, wanted = 0;
  for (std::size_t i = 0; i < degraded.size(); ++i) {
    sharpness += mouth_sharpness(degraded[i]);
    wanted += mouth_sharpness(generated[i]);
    EXPECT_LT(mouth_sharpness(degraded[i]), mouth_sharpness(clip->crops[i]));
    EXPECT_EQ(cv::norm(degraded[i].rowRange(0, 58), clip->crops[i].rowRange(0, 58), cv::NORM_INF),
              0);
  }
  EXPECT_NEAR(sharpness / wanted, 1, 0.4);
  EXPECT_EQ(cv::norm(blur_lower_half(clip->crops[0], 0), clip->crops[0], cv::NORM_INF), 0);
}

TEST(HrTrainingFrames, HaveTheLipsOfTheTruth) {
  const FootageSplit footage{{drawn_clip(10)}, {drawn_clip(5)}, {drawn_clip(5)}};
  torch::manual_seed(3);
  HyperLipsBase untrained;
  FaceMesh mesh;
  const auto frames = hr_training_frames(untrained, footage, 128, mesh, torch::kCPU);
  ASSERT_EQ(frames->epoch(), 10);
  const ChosenFrames chosen = spread_frames(footage.training, 10);
  const HeldOutDataset inputs(footage.training, footage.training[0]->crops[0]);
  const std::vector<cv::Mat> made = generate(untrained, inputs, chosen, torch::kCPU);
  for (std::size_t i = 0; i < 10; ++i) {
    // Of the network's picture, of whatever mouth, nothing is left but its sharpness: as soft as
    // the noise of an untrained network.
    EXPECT_LT(lower_half_error(frames->generated(i), chosen.crops[i]),
              0.6 * lower_half_error(made[i], chosen.crops[i]))
        << i;
  }
}

/// Noise.
class Examples : public Dataset {
 public:
  std::int64_t epoch() const override { return 4; }
  Batch example(std::uint64_t, std::int64_t index) const override {
    torch::manual_seed(std::uint64_t(index) + 9);
    return {{"mels", torch::rand({1, 1, 80, 16})}, {"face", torch::rand({6, 1, 128, 128})}};
  }
  std::int64_t unreadable() const override { return 0; }
};

TEST(EstimateNorms, GivesTheStatisticsOfTheExamples) {
  const Examples examples;
  HyperLipsBase network;
  std::map<std::string, torch::Tensor> weights;
  for (const auto &item : network->named_parameters()) weights[item.key()] = item.value().clone();
  estimate_norms(network, examples, 1, 2, 2, torch::kCPU);
  const torch::NoGradGuard no_grad;
  // The first norm follows a convolution of stride 2 without bias.
  const torch::Tensor filters = network->named_parameters()["face_encoder.features.0.0.weight"];
  torch::Tensor expected = torch::zeros({filters.size(0)});
  for (int i = 0; i < 2; ++i) {
    const torch::Tensor face = load_batch(examples, 1, 2 * i, 2).at("face").squeeze(2);
    expected += torch::conv2d(face, filters, {}, 2, 1).mean({0, 2, 3}) / 2;
  }
  const torch::Tensor found = network->named_buffers()["face_encoder.features.0.1.running_mean"];
  EXPECT_LT((found - expected).abs().max().item<float>(), 1e-4);
  EXPECT_FALSE(network->is_training());
  for (const auto &item : network->named_parameters())
    EXPECT_TRUE(item.value().equal(weights.at(item.key()))) << item.key();
  for (const auto &module : network->modules())
    if (const auto *norm = module->as<BatchNorm2dImpl>()) {
      EXPECT_TRUE(norm->options.momentum().has_value());
    }
}

TEST(AdaptInputs, DependOnFootageAndSplit) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder / "anna.mp4", "anna");
  test::write_bytes(folder / "ben.mp4", "ben");
  AdaptOptions options;
  options.videos = {folder / "anna.mp4"};
  const RunInputs anna = footage_inputs(options);
  EXPECT_EQ(differing_inputs(footage_inputs(options), anna), "");
  options.videos = {folder / "ben.mp4"};
  EXPECT_EQ(differing_inputs(footage_inputs(options), anna), "footage");
  options.selection = 0.05;
  EXPECT_NE(differing_inputs(footage_inputs(options), anna).find("--selection"), std::string::npos);
}

}  // namespace
}  // namespace hyperlips::training
