// SPDX-License-Identifier: LGPL-2.1-or-later
// Two optimizer steps of the published base training, from the same weights and batch.
#include <limits>

#include <gtest/gtest.h>

#include <torch/nn/functional/upsampling.h>
#include <torch/optim/adam.h>

#include "common/formula_weights.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/stages/base_stage.hpp"

namespace hyperlips::training {
namespace {

class Fixture {
 public:
  explicit Fixture(const std::filesystem::path &folder)
      : file_(read_safetensors(folder / "parity/train_base.safetensors")) {}

  torch::Tensor operator[](const std::string &name) const {
    return to_torch(file_.tensors.at(name));
  }

  /// The stored int8 as -1 ... 1.
  torch::Tensor codes(const std::string &name, torch::ScalarType type) const {
    return (*this)[name].to(type) / 127;
  }

  /// 16x16 to 128x128 pictures, 0 ... 1.
  torch::Tensor pictures(const std::string &name, torch::ScalarType type) const {
    const torch::Tensor coarse = (codes(name, type) + 1) / 2;
    namespace F = torch::nn::functional;
    return F::interpolate(coarse.flatten(0, 1), F::InterpolateFuncOptions()
                                                    .size(std::vector<std::int64_t>{128, 128})
                                                    .mode(torch::kBilinear)
                                                    .align_corners(false))
        .unflatten(0, {coarse.size(0), coarse.size(1)});
  }

  Batch batch(torch::ScalarType type) const {
    torch::Tensor face = pictures("face", type);
    face.slice(1, 0, 3).slice(3, 64).zero_();
    return {{"mels", 4 * codes("indiv_mels", type)},
            {"mel", 4 * codes("mel", type)},
            {"face", face},
            {"target", pictures("gt", type)}};
  }

 private:
  TensorFile file_;
};

void expect_near(const std::vector<double> &found, const torch::Tensor &expected,
                 double relative_tolerance) {
  ASSERT_EQ(static_cast<std::int64_t>(found.size()), expected.numel());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double value = expected[static_cast<std::int64_t>(i)].item<double>();
    EXPECT_NEAR(found[i], value, relative_tolerance * std::abs(value)) << "value " << i;
  }
}

std::vector<double> gradient_norms(const torch::nn::Module &network) {
  const auto parameters = network.named_parameters();
  std::vector<double> norms;
  for (const char *name :
       {"output_block.1.weight", "up_conv.0.conv_block.0.weight",
        "hyper_control_net.hnet0.lin1.weight", "face_encoder.features.0.0.weight"}) {
    norms.push_back(parameters[name].grad().norm().item<double>());
  }
  return norms;
}

TEST(BaseParity, FixtureEqualsSharedFile) {
  const char *shared = std::getenv("HYPERLIPS_SHARED");
  if (!shared || !std::filesystem::is_directory(shared)) {
    GTEST_SKIP() << "needs the reference data of HYPERLIPS_SHARED";
  }
  const Fixture whole(shared), reduced(test::data_folder());
  const Batch batch = reduced.batch(torch::kFloat32);
  for (const auto &[ours, theirs] :
       {std::pair("mels", "indiv_mels"), {"mel", "mel"}, {"face", "face"}, {"target", "gt"}}) {
    EXPECT_LT((batch.at(ours) - whole[theirs]).abs().max().item<double>(), 1e-6) << ours;
  }
  for (const char *name : {"step0.losses", "step1.grad_norms", "after.bn_mean"}) {
    EXPECT_TRUE(whole[name].equal(reduced[name])) << name;
  }
}

/// While it exists, new tensors are float64.
class DoublePrecision {
 public:
  DoublePrecision() { torch::set_default_dtype(caffe2::TypeMeta::Make<double>()); }
  ~DoublePrecision() { torch::set_default_dtype(caffe2::TypeMeta::Make<float>()); }
  DoublePrecision(const DoublePrecision &) = delete;
  DoublePrecision &operator=(const DoublePrecision &) = delete;
};

BaseStage published_stage() {
  BaseStageOptions options;
  options.start = test::formula_checkpoint("HyperLipsBase");
  options.discriminator_start = test::formula_checkpoint("HyperCtrolDiscriminator");
  options.sync_expert = test::formula_checkpoint("SyncNet_color");
  options.sync_batch_statistics = true;
  options.sync_gate = std::numeric_limits<double>::infinity();
  return BaseStage(options);
}

std::vector<double> values_of(const Losses &losses) {
  std::vector<std::string> names;
  std::vector<double> values;
  for (const auto &[name, value] : losses) {
    names.push_back(name);
    values.push_back(value);
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"sync", "adversarial", "l1", "total", "real", "fake"}));
  return values;
}

TEST(BaseParity, Losses) {
  BaseStage stage = published_stage();
  EXPECT_TRUE(stage.notes().empty());
  const Fixture fixture(test::data_folder());
  expect_near(values_of(stage.accumulate(fixture.batch(torch::kFloat32), 1.0)),
              fixture["step0.losses"], 1e-3);
}

/// In float64, because in float32 the published code does not agree with itself: the sync expert's
/// last norms see two values per channel here (two clips, one pixel), its gradient is what two
/// nearly equal numbers leave of each other, and a change of 1e-8 in the input changes the norms by
/// 2 %. The reference is the published code on the same pictures, with weights rounded to float32.
TEST(BaseParity, TwoSteps) {
  const DoublePrecision in_double;
  BaseStage stage = published_stage();
  const std::vector<Trained> networks = stage.trained();
  ASSERT_EQ(networks.size(), 2u);
  std::vector<torch::optim::Adam> optimizers;
  for (const Trained &trained : networks) {
    optimizers.emplace_back(trained.network->parameters(),
                            torch::optim::AdamOptions(trained.learning_rate).betas(trained.betas));
  }

  const Fixture fixture(test::data_folder());
  const Batch batch = fixture.batch(torch::kFloat64);
  for (int step = 0; step < 2; ++step) {
    SCOPED_TRACE(step);
    const std::string name = "float64.step" + std::to_string(step);
    expect_near(values_of(stage.accumulate(batch, 1.0)), fixture[name + ".losses"], 1e-6);
    // Adam's first step turns the signs of vanishing gradients into full steps of the weights.
    expect_near(gradient_norms(*networks[0].network), fixture[name + ".grad_norms"],
                step == 0 ? 1e-5 : 1e-3);
    for (torch::optim::Adam &optimizer : optimizers) {
      optimizer.step();
      optimizer.zero_grad();
    }
  }
  const std::map<std::string, torch::Tensor> after = state_dict(*networks[0].network);
  for (const auto &[name, stored] :
       {std::pair("up_conv.0.conv_block.1.running_mean", "float64.after.bn_mean"),
        {"output_block.1.weight", "float64.after.output_block.1.weight"}}) {
    EXPECT_LT((after.at(name) - fixture[stored]).abs().max().item<double>(), 1e-6) << name;
  }
}

}  // namespace
}  // namespace hyperlips::training
