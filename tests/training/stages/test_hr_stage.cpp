// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <torch/utils.h>

#include "hyperlips/nn/discriminators.hpp"
#include "stage_testing.hpp"
#include "tests/training/losses/losses_testing.hpp"
#include "training/stages/hr_stage.hpp"

namespace hyperlips::training {
namespace {

using test::network;
using test::value_of;

Batch hr_batch(std::int64_t clips, std::int64_t frames, int scale) {
  const torch::Tensor sketch = (test::drawn_clips(clips, 1, frames, 128, 2) > 0.8)
                                   .to(torch::kFloat32)
                                   .expand({clips, 3, frames, 128, 128});
  const torch::Tensor lips =
      torch::tensor({70, 100, 40, 80}, torch::kFloat32).mul(scale).expand({clips, frames, 4});
  return {{"base", test::drawn_clips(clips, 3, frames, 128, 0.2)},
          {"sketch", sketch},
          {"target", test::drawn_clips(clips, 3, frames, 128 * scale, 0.4)},
          {"lips", lips.clone()}};
}

/// The published generator loss without the pictures' terms: log(1 + e^-x) for what should be true.
torch::Tensor relativistic(const torch::Tensor &truer, const torch::Tensor &falser) {
  const torch::Tensor lead = truer - falser.mean(), lag = falser - truer.mean();
  return (torch::log1p(torch::exp(-lead)).mean() + torch::log1p(torch::exp(lag)).mean()) / 2;
}

TEST(HrStage, PublishedTerms) {
  HrStageOptions options;
  options.vgg19 = test::made_vgg("vgg19.pth", test::kVgg19Convolutions).file();
  options.vgg16 = test::made_vgg("vgg16.pth", test::kVgg16Convolutions).file();
  options.lpips = test::made_lpips("vgg.pth").file();
  HrStage stage(options);
  EXPECT_TRUE(stage.notes().empty());
  Batch batch = hr_batch(1, 2, 1);
  batch["lips"][0][1] = torch::tensor({60, 60, 0, 128});
  const Losses found = stage.validate(batch);

  const torch::NoGradGuard no_grad;
  const auto model = network<HrDecoderImpl>(stage, 0);
  const auto discriminator = network<HrDiscriminatorImpl>(stage, 1);
  std::vector<torch::Tensor> outputs, truths;
  for (int frame = 0; frame < 2; ++frame) {
    const auto of = [&](const char *name) { return batch.at(name).select(2, frame); };
    outputs.push_back(model->forward(torch::cat({of("base"), of("sketch")}, 1)));
    truths.push_back(of("target"));
  }
  const torch::Tensor output = torch::cat(outputs), truth = torch::cat(truths);
  const torch::Tensor fake = discriminator->forward(output), real = discriminator->forward(truth);
  EXPECT_NEAR(value_of(found, "adversarial"), relativistic(fake, real).item<double>(), 1e-6);
  EXPECT_NEAR(value_of(found, "disc"), relativistic(real, fake).item<double>(), 1e-6);
  EXPECT_NEAR(value_of(found, "l1"), (output - truth).abs().mean().item<double>(), 1e-6);
  const auto lips = [](const torch::Tensor &x) {
    return x.slice(0, 0, 1).slice(2, 70, 100).slice(3, 40, 80);
  };
  EXPECT_NEAR(value_of(found, "lip_l1"), (lips(output) - lips(truth)).abs().mean().item<double>(),
              1e-6);
  const Lpips lpips(*options.vgg16, *options.lpips);
  const double distance = lpips.distance(lips(output), lips(truth)).item<double>();
  EXPECT_NEAR(value_of(found, "lip_lpips"), distance, 1e-4 * distance);
  const double perceptual = Vgg19Loss(*options.vgg19)(truth, output).item<double>();
  EXPECT_NEAR(value_of(found, "perceptual"), perceptual, 1e-4 * perceptual);
  double sum = 0;
  for (const char *name : {"adversarial", "perceptual", "l1", "lip_l1", "lip_lpips"}) {
    sum += value_of(found, name);
  }
  EXPECT_NEAR(value_of(found, "total"), sum, 1e-5 * sum);
}

TEST(HrStage, GradientTerm) {
  HrStageOptions options;
  options.losses = {
      .adversarial = 0, .perceptual = 0, .l1 = 0, .gradient = 2, .lip_l1 = 0, .lip_lpips = 0};
  HrStage stage(options);
  const Batch batch = hr_batch(1, 1, 1);
  const Losses found = stage.validate(batch);
  const torch::NoGradGuard no_grad;
  const torch::Tensor output = network<HrDecoderImpl>(stage, 0)->forward(
      torch::cat({batch.at("base"), batch.at("sketch")}, 1).squeeze(2));
  const torch::Tensor difference = output - batch.at("target").squeeze(2);
  const double expected = difference.diff(1, 2).abs().mean().item<double>() +
                          difference.diff(1, 3).abs().mean().item<double>();
  EXPECT_NEAR(value_of(found, "gradient"), expected, 1e-6);
  EXPECT_NEAR(value_of(found, "total"), 2 * expected, 1e-6);
}

TEST(HrStage, KeepNormsKeepsStatistics) {
  HrStageOptions options;
  options.losses = {.adversarial = 0, .perceptual = 0, .l1 = 1, .lip_l1 = 0, .lip_lpips = 0};
  options.keep_norms = true;
  HrStage stage(options);
  const auto model = stage.trained()[0].network;
  const torch::Tensor mean = model->buffers()[0].clone();
  stage.accumulate(hr_batch(2, 1, 1), 1);
  EXPECT_TRUE(model->buffers()[0].equal(mean));
}

TEST(HrStage, EachNetworkGetsGradientsOfItsOwnLoss) {
  HrStageOptions options;
  options.losses = {.adversarial = 1, .perceptual = 0, .l1 = 0.5, .lip_l1 = 0, .lip_lpips = 0};
  HrStage stage(options);
  const Batch batch = hr_batch(2, 1, 1);
  const auto model = network<HrDecoderImpl>(stage, 0);
  const auto discriminator = network<HrDiscriminatorImpl>(stage, 1);
  const torch::Tensor truth = batch.at("target").select(2, 0);
  torch::Tensor output;
  test::expect_own_gradients(
      stage, batch, 2e-3,
      [&] {
        output = model->forward(
            torch::cat({batch.at("base").select(2, 0), batch.at("sketch").select(2, 0)}, 1));
        return relativistic(discriminator->forward(output), discriminator->forward(truth)) +
               0.5 * (output - truth).abs().mean();
      },
      [&] {
        return relativistic(discriminator->forward(truth), discriminator->forward(output.detach()));
      });
}

TEST(HrStage, MissingFilesTurnTermsOff) {
  HrStageOptions options;
  HrStage stage(options);
  ASSERT_EQ(stage.notes().size(), 2u);
  EXPECT_NE(stage.notes()[0].find("VGG-19"), std::string::npos);
  EXPECT_NE(stage.notes()[1].find("vgg16 .pth"), std::string::npos);
  EXPECT_NE(stage.notes()[1].find("vgg.pth"), std::string::npos);
  const Losses found = stage.validate(hr_batch(1, 1, 1));
  EXPECT_FALSE(test::has(found, "perceptual") || test::has(found, "lip_lpips"));

  options.losses.perceptual = options.losses.lip_lpips = 0;
  EXPECT_TRUE(HrStage(options).notes().empty());
}

TEST(HrStage, Bfloat16AndLargerScales) {
  HrStageOptions options;
  options.scale = 2;
  options.losses.perceptual = options.losses.lip_lpips = 0;
  const Batch batch = hr_batch(1, 1, 2);
  HrStage whole(options);
  EXPECT_EQ(whole.trained()[0].architecture, "HRDecoder x2");
  const Losses expected = whole.accumulate(batch, 1);
  options.bf16 = true;
  HrStage half(options);
  const Losses found = half.accumulate(batch, 1);
  test::expect_mixed_precision(half, found, expected);
  const cv::Mat sample_grid = half.sample_grid(batch, 3);
  EXPECT_EQ(sample_grid.size(), cv::Size(4 * 256, 256));
  const double truth = batch.at("target")[0][2][0][99][33].item<double>();
  EXPECT_NEAR(sample_grid.at<cv::Vec3b>(99, 3 * 256 + 33)[2], 255 * truth, 1);
}

TEST(HrStage, RejectsInvalidSettingsAndBatches) {
  HrStageOptions options;
  options.scale = 3;
  test::expect_error({"1, 2 or 4"}, [&] { HrStage stage(options); });
  options.scale = 1;
  options.losses.lip_l1 = -2;
  test::expect_error({"'lip_l1'", "-2"}, [&] { HrStage stage(options); });
  HrStage stage{HrStageOptions{}};
  Batch batch = hr_batch(1, 1, 1);
  batch.erase("lips");
  test::expect_error({"'lips'"}, [&] { stage.validate(batch); });
}

}  // namespace
}  // namespace hyperlips::training
