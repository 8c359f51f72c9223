// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits>

#include <gtest/gtest.h>

#include <torch/utils.h>

#include "common/formula_weights.hpp"
#include "hyperlips/nn/discriminators.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "stage_testing.hpp"
#include "training/stages/autocast.hpp"
#include "training/stages/base_stage.hpp"

namespace hyperlips::training {
namespace {

using test::base_batch;
using test::network;
using test::value_of;

BaseStageOptions with_losses(const BaseLosses &losses) {
  BaseStageOptions options;
  options.losses = losses;
  return options;
}

const BaseLosses kL1Only{.sync = 0, .adversarial = 0, .l1 = 1};
const BaseLosses kWithoutSync{.sync = 0};

TEST(BaseStage, EachNetworkGetsGradientsOfItsOwnLoss) {
  BaseStage stage(with_losses({.sync = 0, .adversarial = 0.4, .l1 = 0.6}));
  const Batch batch = base_batch(2, 2);
  const auto model = network<HyperLipsBaseImpl>(stage, 0);
  const auto discriminator = network<BaseDiscriminatorImpl>(stage, 1);
  const torch::Tensor target = batch.at("target");
  torch::Tensor generated;
  test::expect_own_gradients(
      stage, batch, 1e-3,
      [&] {
        generated = model->forward(batch.at("mels"), batch.at("face"));
        return 0.4 * discriminator->perceptual_loss(generated) +
               0.6 * (generated - target).abs().mean();
      },
      [&] {
        return -discriminator->forward(target).log().mean() -
               (1 - discriminator->forward(generated.detach())).log().mean();
      });
}

TEST(BaseStage, AccumulatesWeightedGradients) {
  BaseStage stage(with_losses(kWithoutSync));
  const Batch batch = base_batch(2, 1);
  stage.accumulate(batch, 1);
  test::Gradients whole[2];
  for (int i = 0; i < 2; ++i) whole[i] = test::gradients(*stage.trained()[i].network);
  test::clear_gradients(stage);
  stage.accumulate(batch, 0.25);
  stage.accumulate(batch, 0.75);
  for (int i = 0; i < 2; ++i) {
    test::expect_near(test::gradients(*stage.trained()[i].network), whole[i], 1e-4, 1e-7);
  }
}

TEST(BaseStage, TermsAndWeightedSum) {
  const BaseLosses losses{.sync = 0, .adversarial = 0.1, .l1 = 0.5, .gradient = 2, .mouth = 3};
  BaseStage stage(with_losses(losses));
  Batch batch = base_batch(2, 2);
  const Losses found = stage.validate(batch);

  const torch::NoGradGuard no_grad;
  const auto model = network<HyperLipsBaseImpl>(stage, 0);
  const torch::Tensor output = model->forward(batch.at("mels"), batch.at("face"));
  const torch::Tensor difference = output - batch.at("target");
  EXPECT_NEAR(value_of(found, "l1"), difference.abs().mean().item<double>(), 1e-6);
  const torch::Tensor mouth = difference.slice(3, 64, 128).slice(4, 32, 96);
  EXPECT_NEAR(value_of(found, "mouth"), mouth.abs().mean().item<double>(), 1e-6);
  const torch::Tensor down = difference.slice(3, 1) - difference.slice(3, 0, 127);
  const torch::Tensor across = difference.slice(4, 1) - difference.slice(4, 0, 127);
  EXPECT_NEAR(value_of(found, "gradient"), (down.abs().mean() + across.abs().mean()).item<double>(),
              1e-6);
  EXPECT_NEAR(value_of(found, "total"),
              0.1 * value_of(found, "adversarial") + 0.5 * value_of(found, "l1") +
                  2 * value_of(found, "gradient") + 3 * value_of(found, "mouth"),
              1e-5);
  EXPECT_TRUE(test::has(found, "real") && test::has(found, "fake"));

  // With lips in the batch each frame has its own box.
  batch["lips"] =
      torch::tensor({{{60, 80, 30, 50}, {64, 66, 10, 12}}, {{0, 128, 0, 128}, {5, 5, 5, 5}}});
  double expected = 0;
  expected +=
      difference[0].select(1, 0).slice(1, 60, 80).slice(2, 30, 50).abs().mean().item<double>();
  expected +=
      difference[0].select(1, 1).slice(1, 64, 66).slice(2, 10, 12).abs().mean().item<double>();
  expected += difference[1].select(1, 0).abs().mean().item<double>();
  EXPECT_NEAR(value_of(stage.validate(batch), "mouth"), expected / 3, 1e-6);
}

TEST(BaseStage, TermsOffWithoutWeightOrExpert) {
  BaseStage stage(with_losses(kL1Only));
  EXPECT_EQ(stage.trained().size(), 1u);
  EXPECT_TRUE(stage.notes().empty());
  const Losses found = stage.accumulate(base_batch(2, 1), 1);
  EXPECT_EQ(found.size(), 2u);
  EXPECT_EQ(value_of(found, "l1"), value_of(found, "total"));

  BaseStage published{BaseStageOptions{}};
  ASSERT_EQ(published.notes().size(), 1u);
  EXPECT_NE(published.notes()[0].find("sync"), std::string::npos);
  EXPECT_FALSE(test::has(published.validate(base_batch(2, 1)), "sync"));
}

TEST(BaseStage, SyncTermTrainsGeneratorOnly) {
  BaseStageOptions options = with_losses({.sync = 1, .adversarial = 0, .l1 = 0});
  options.sync_expert = hyperlips::test::formula_checkpoint("SyncNet_color");
  options.sync_gate = std::numeric_limits<double>::infinity();
  BaseStage stage(options);
  EXPECT_TRUE(stage.notes().empty());
  const Batch batch = base_batch(1, 5);
  stage.accumulate(batch, 1);
  const auto model = network<HyperLipsBaseImpl>(stage, 0);
  const auto found = test::gradients(*model);
  model->zero_grad();

  SyncNet expert;
  load_state_dict(*expert, *options.sync_expert);
  expert->eval();
  std::vector<torch::Tensor> halves;
  const torch::Tensor generated = model->forward(batch.at("mels"), batch.at("face"));
  for (int frame = 0; frame < 5; ++frame) halves.push_back(generated.select(2, frame).slice(2, 64));
  const auto [audio, face] = expert->forward(batch.at("mel"), torch::cat(halves, 1));
  (-(audio * face).sum(1).log().mean()).backward();
  test::expect_near(found, test::gradients(*model), 1e-2);
  EXPECT_GT(found.at("output_block.1.weight").abs().sum().item<double>(), 0);
}

TEST(BaseStage, SyncTermWaitsForValidation) {
  BaseStageOptions options = with_losses({.sync = 0.5, .adversarial = 0, .l1 = 1});
  options.sync_expert = hyperlips::test::formula_checkpoint("SyncNet_color");
  BaseStage stage(options);
  ASSERT_EQ(stage.notes().size(), 1u);
  EXPECT_NE(stage.notes()[0].find("0.75"), std::string::npos);
  const Batch batch = base_batch(1, 5);
  EXPECT_FALSE(test::has(stage.accumulate(batch, 1), "sync"));
  const Losses closed = stage.validate(batch);
  EXPECT_TRUE(test::has(closed, "sync"));  // measured, without weight
  EXPECT_NEAR(value_of(closed, "total"), value_of(closed, "l1"), 1e-6);
  stage.validated({{"sync", 0.76}, {"total", 0.1}});
  EXPECT_FALSE(test::has(stage.accumulate(batch, 1), "sync"));
  stage.validated({{"sync", 0.74}});
  EXPECT_TRUE(test::has(stage.accumulate(batch, 1), "sync"));
  // It stays open, also after the run is resumed.
  stage.validated({{"sync", 3}});
  EXPECT_TRUE(test::has(stage.accumulate(batch, 1), "sync"));
  BaseStage resumed(options);
  resumed.restore(stage.state());
  EXPECT_TRUE(test::has(resumed.accumulate(batch, 1), "sync"));
  BaseStage old(options);
  old.restore(nlohmann::json::object());
  EXPECT_FALSE(test::has(old.accumulate(batch, 1), "sync"));
}

TEST(BaseStage, ValidationMeasuresTheMouthWithoutWeight) {
  BaseStage stage(with_losses(kWithoutSync));
  Batch batch = base_batch(2, 1);
  batch["lips"] = torch::tensor({{{70, 90, 40, 80}}, {{70, 90, 40, 80}}});
  const Losses before = stage.validate(batch);
  EXPECT_FALSE(test::has(stage.accumulate(batch, 1), "mouth"));
  batch["target"].slice(3, 70, 90).slice(4, 40, 80).zero_();
  EXPECT_GT(std::abs(value_of(stage.validate(batch), "mouth") - value_of(before, "mouth")), 0.01);
  EXPECT_NEAR(value_of(before, "total"),
              0.2 * value_of(before, "adversarial") + 0.77 * value_of(before, "l1"), 1e-5);
}

TEST(BaseStage, RatesOfParts) {
  BaseStageOptions options = with_losses(kL1Only);
  options.part_rates = {{"hyper_control_net.hnet0", 0.1}, {"decoder", 0.5}};
  BaseStage stage(options);
  const std::vector<RateGroup> groups =
      rate_groups(*stage.trained()[0].network, stage.trained()[0].rates);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].factor, 1);
  std::size_t all = 0;
  for (const RateGroup &group : groups) all += group.parameters.size();
  EXPECT_EQ(all, stage.trained()[0].network->parameters().size());
  const torch::Tensor slow =
      stage.trained()[0].network->named_parameters()["hyper_control_net.hnet0.lin1.weight"];
  for (const RateGroup &group : groups) {
    const bool contains = std::ranges::any_of(
        group.parameters, [&](const torch::Tensor &each) { return each.is_same(slow); });
    EXPECT_EQ(contains, group.factor == 0.1);
  }
  options.part_rates = {{"nose", 0.1}};
  test::expect_error({"'nose'", "decoder"}, [&] { BaseStage again(options); });
  options.part_rates = {{"decoder", -1}};
  test::expect_error({"'decoder'", "-1"}, [&] { BaseStage again(options); });
}

TEST(BaseStage, ValidationChangesNothing) {
  BaseStage stage(with_losses(kWithoutSync));
  const auto copy = [&] {
    std::map<std::string, torch::Tensor> copies;
    for (const auto &[name, tensor] : state_dict(*stage.trained()[0].network)) {
      copies[name] = tensor.clone();
    }
    return copies;
  };
  const auto before = copy();
  const Batch batch = base_batch(2, 1);
  const Losses first = stage.validate(batch);
  stage.sample_grid(batch, 1);
  EXPECT_EQ(stage.validate(batch), first);
  for (const auto &[name, tensor] : copy()) EXPECT_TRUE(tensor.equal(before.at(name))) << name;
  EXPECT_TRUE(test::gradients(*stage.trained()[0].network).empty());
}

TEST(BaseStage, SampleGridShowsReferenceInputOutputAndTruth) {
  BaseStage stage(with_losses(kL1Only));
  const Batch batch = base_batch(3, 3);
  const cv::Mat sample_grid = stage.sample_grid(batch, 2);
  ASSERT_EQ(sample_grid.type(), CV_8UC3);
  ASSERT_EQ(sample_grid.size(), cv::Size(4 * 128, 2 * 128));
  const auto pixel = [&](const char *name, int clip, int channel, int y, int x) {
    return std::round(batch.at(name)[clip][channel][1][y][x].item<double>() * 255);
  };
  for (int clip = 0; clip < 2; ++clip) {
    for (int channel = 0; channel < 3; ++channel) {
      const auto shown = [&](int column, int y, int x) {
        return sample_grid.at<cv::Vec3b>(128 * clip + y, 128 * column + x)[channel];
      };
      EXPECT_NEAR(shown(0, 20, 30), pixel("face", clip, 3 + channel, 20, 30), 1);
      EXPECT_NEAR(shown(1, 20, 30), pixel("face", clip, channel, 20, 30), 1);
      EXPECT_EQ(shown(1, 100, 30), 0);
      EXPECT_NEAR(shown(3, 100, 70), pixel("target", clip, channel, 100, 70), 1);
    }
  }
}

TEST(BaseStage, FrozenPartsDoNotChange) {
  BaseStageOptions options = with_losses(kL1Only);
  options.frozen = {"face_encoder", "hyper_control_net.audio_encoder", "up_conv.0"};
  BaseStage stage(options);
  const auto model = stage.trained()[0].network;
  const torch::Tensor frozen =
      model->named_buffers()["face_encoder.features.0.1.running_mean"].clone();
  const torch::Tensor free = model->named_buffers()["up_conv.1.conv_block.1.running_mean"].clone();
  stage.accumulate(base_batch(2, 1), 1);
  int with = 0, without = 0;
  for (const auto &item : model->named_parameters()) {
    const std::string &name = item.key();
    const bool expect_frozen = name.starts_with("face_encoder.") ||
                               name.starts_with("hyper_control_net.audio_encoder.") ||
                               name.starts_with("up_conv.0.");
    EXPECT_EQ(item.value().grad().defined(), !expect_frozen) << name;
    ++(expect_frozen ? without : with);
  }
  EXPECT_GT(with, 50);
  EXPECT_GT(without, 50);
  EXPECT_TRUE(model->named_buffers()["face_encoder.features.0.1.running_mean"].equal(frozen));
  EXPECT_FALSE(model->named_buffers()["up_conv.1.conv_block.1.running_mean"].equal(free));

  options.frozen = {"face"};
  test::expect_error({"'face'", "face_encoder", "decoder"}, [&] { BaseStage again(options); });
}

TEST(BaseStage, KeepNormsKeepsStatistics) {
  BaseStageOptions options = with_losses(kL1Only);
  options.keep_norms = true;
  BaseStage stage(options);
  const auto model = stage.trained()[0].network;
  std::map<std::string, torch::Tensor> before;
  for (const auto &item : model->named_buffers()) before[item.key()] = item.value().clone();
  const Batch batch = base_batch(2, 1);
  const Losses trained = stage.accumulate(batch, 1);
  for (const auto &item : model->named_buffers())
    EXPECT_TRUE(item.value().equal(before.at(item.key()))) << item.key();
  // What is trained is what inference shows.
  EXPECT_NEAR(value_of(trained, "l1"), value_of(stage.validate(batch), "l1"), 1e-6);
  EXPECT_FALSE(test::gradients(*model).empty());
}

TEST(BaseStage, UpperHalfWeight) {
  const auto l1_with = [](double upper_half, const Batch &batch) {
    BaseStage stage(with_losses(
        {.sync = 0, .adversarial = 0, .l1 = 1, .gradient = 1, .upper_half = upper_half}));
    return value_of(stage.validate(batch), "total");
  };
  Batch batch = base_batch(1, 1), other = base_batch(1, 1);
  // Well above the middle, where a few rows count in full.
  other["target"].slice(3, 0, 50).zero_();
  EXPECT_EQ(l1_with(0, batch), l1_with(0, other));
  EXPECT_NE(l1_with(0.5, batch), l1_with(0.5, other));
  test::expect_error({"upper half"},
                     [] { BaseStage stage(with_losses({.sync = 0, .upper_half = -1})); });
}

TEST(BaseStage, Bfloat16KeepsFloat32WeightsAndGradients) {
  BaseStageOptions options;
  options.sync_expert = hyperlips::test::formula_checkpoint("SyncNet_color");
  options.sync_gate = std::numeric_limits<double>::infinity();
  const Batch batch = base_batch(1, 5);
  BaseStage whole(options);
  options.bf16 = true;
  BaseStage half(options);
  const Losses expected = whole.accumulate(batch, 1), found = half.accumulate(batch, 1);
  test::expect_mixed_precision(half, found, expected);
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NE(found[i].second, expected[i].second) << found[i].first << " ran in float32";
  // Autocast ends with the step.
  const torch::Tensor square = torch::ones({4, 4});
  EXPECT_EQ(torch::mm(square, square).scalar_type(), torch::kFloat32);
}

TEST(BaseStage, SeedDeterminesWeights) {
  BaseStageOptions options = with_losses(kL1Only);
  options.seed = 7;
  const auto weight = [](const BaseStageOptions &with) {
    BaseStage stage(with);
    return stage.trained()[0].network->parameters()[0].clone();
  };
  const torch::Tensor first = weight(options);
  torch::rand({3});
  EXPECT_TRUE(weight(options).equal(first));
  options.seed = 8;
  EXPECT_FALSE(weight(options).equal(first));
}

TEST(BaseStage, RejectsInvalidSettingsAndBatches) {
  test::expect_error({"'mouth'", "-1"},
                     [] { BaseStage stage(with_losses({.l1 = 1, .mouth = -1})); });
  test::expect_error({"weight 0"},
                     [] { BaseStage stage(with_losses({.sync = 0, .adversarial = 0, .l1 = 0})); });
  BaseStageOptions options = with_losses(kL1Only);
  options.start = hyperlips::test::formula_checkpoint("HRDecoder x1");
  test::expect_error({"HRDecoder x1", "Tensor"}, [&] { BaseStage stage(options); });
  BaseStage stage(with_losses(kL1Only));
  Batch batch = base_batch(1, 1);
  batch.erase("target");
  test::expect_error({"'target'"}, [&] { stage.accumulate(batch, 1); });
}

}  // namespace
}  // namespace hyperlips::training
