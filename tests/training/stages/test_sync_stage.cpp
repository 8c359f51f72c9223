// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <torch/utils.h>

#include "common/formula_weights.hpp"
#include "stage_testing.hpp"
#include "training/stages/sync_stage.hpp"

namespace hyperlips::training {
namespace {

using test::value_of;

Batch sync_batch(std::int64_t examples, int face_size) {
  torch::manual_seed(9);
  torch::Tensor labels = torch::ones({examples, 1});
  labels.slice(0, examples / 2).zero_();
  return {{"mel", torch::randn({examples, 1, 80, 16})},
          {"faces", torch::rand({examples, 15, face_size / 2, face_size})},
          {"label", labels}};
}

SyncStageOptions from_formula(int face_size) {
  SyncStageOptions options;
  options.face_size = face_size;
  options.start =
      hyperlips::test::formula_checkpoint(face_size == 128 ? "SyncNet_color" : "SyncNet_color 96");
  return options;
}

TEST(SyncStage, LossAndAccuracyOfEmbeddings) {
  for (const int face_size : {128, 96}) {
    SCOPED_TRACE(face_size);
    SyncStage stage(from_formula(face_size));
    const Trained trained = stage.trained().at(0);
    EXPECT_EQ(trained.architecture, face_size == 128 ? "SyncNet_color" : "SyncNet_color 96");
    EXPECT_EQ(trained.betas, std::pair(0.9, 0.999));
    const Batch batch = sync_batch(6, face_size);
    const Losses found = stage.validate(batch);

    const torch::NoGradGuard no_grad;
    const auto network = std::dynamic_pointer_cast<SyncNetImpl>(trained.network);
    const auto [audio, face] = network->forward(batch.at("mel"), batch.at("faces"));
    double loss = 0, right = 0;
    for (int i = 0; i < 6; ++i) {
      const double similarity = audio[i].dot(face[i]).item<double>();
      const bool together = batch.at("label")[i].item<double>() > 0.5;
      loss -= std::log(together ? similarity : 1 - similarity) / 6;
      right += (similarity > 0.5) == together ? 1.0 / 6 : 0;
    }
    EXPECT_NEAR(value_of(found, "total"), loss, 1e-4 * loss);
    EXPECT_NEAR(value_of(found, "accuracy"), right, 1e-6);
  }
}

TEST(SyncStage, GradientStepLowersLoss) {
  for (const bool bf16 : {false, true}) {
    SCOPED_TRACE(bf16);
    SyncStageOptions options = from_formula(128);
    options.bf16 = bf16;
    SyncStage stage(options);
    const Batch batch = sync_batch(4, 128);
    const double before = value_of(stage.accumulate(batch, 1), "total");
    const std::vector<torch::Tensor> parameters = stage.trained()[0].network->parameters();
    double square = 0;
    for (const torch::Tensor &parameter : parameters) {
      ASSERT_EQ(parameter.grad().scalar_type(), torch::kFloat32);
      square += parameter.grad().square().sum().item<double>();
    }
    ASSERT_GT(square, 0);
    const double step = 0.02 * before / square;
    {
      const torch::NoGradGuard no_grad;
      for (const torch::Tensor &parameter : parameters) {
        torch::Tensor(parameter).sub_(parameter.grad(), step);
      }
    }
    EXPECT_LT(value_of(stage.accumulate(batch, 1), "total"), before);
  }
}

TEST(SyncStage, SampleGridShowsFacesAndSimilarity) {
  SyncStage stage(from_formula(128));
  const Batch batch = sync_batch(4, 128);
  const cv::Mat sample_grid = stage.sample_grid(batch, 4);
  ASSERT_EQ(sample_grid.size(), cv::Size(5 * 128, 4 * 128));
  const double value = batch.at("faces")[1][3 * 2 + 1][10][20].item<double>();
  EXPECT_NEAR(sample_grid.at<cv::Vec3b>(128 + 64 + 10, 2 * 128 + 20)[1], 255 * value, 1);
  // The bar: green where sound and picture belong together, red where not.
  EXPECT_EQ(sample_grid.at<cv::Vec3b>(40, 1), cv::Vec3b(0, 200, 0));
  EXPECT_EQ(sample_grid.at<cv::Vec3b>(3 * 128 + 40, 1), cv::Vec3b(0, 0, 200));
}

TEST(SyncStage, RejectsOtherFaceSizes) {
  SyncStageOptions options;
  options.face_size = 64;
  test::expect_error({"96", "64"}, [&] { SyncStage stage(options); });
}

TEST(SyncStage, PlateauNote) {
  EXPECT_NE(sync_plateau_note(0.6935, 1000).find("100 000"), std::string::npos);
  EXPECT_NE(sync_plateau_note(0.69, 200'000), sync_plateau_note(0.69, 1000));
  EXPECT_NE(sync_plateau_note(0.69, 900'000).find("data"), std::string::npos);
  EXPECT_EQ(sync_plateau_note(0.6, 1000), "");
  EXPECT_EQ(sync_plateau_note(0.8, 1000), "");
  EXPECT_EQ(sync_plateau_note(std::nan(""), 1000), "");
}

}  // namespace
}  // namespace hyperlips::training
