// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/moving_average.hpp"

#include <algorithm>

#include <torch/nn/modules/batchnorm.h>

#include "common/model_testing.hpp"
#include "hyperlips/nn/state_dict.hpp"

namespace hyperlips::training {
namespace {

using test::expect_error;

void set(torch::nn::BatchNorm1d &network, double value) {
  const torch::NoGradGuard no_grad;
  for (const auto &[name, tensor] : state_dict(*network)) torch::Tensor(tensor).fill_(value);
}

TEST(MovingAverage, MatchesFormula) {
  torch::nn::BatchNorm1d network(3);
  set(network, 5);
  MovingAverage average(*network, 0.6);
  double expected = 5;
  for (int n = 1; n <= 20; ++n) {
    const double value = n * n % 7;
    set(network, value);
    average.update(*network);
    const double decay = std::min(0.6, (1.0 + n) / (10.0 + n));
    expected = decay * expected + (1 - decay) * value;
    for (const auto *name : {"weight", "bias", "running_mean", "running_var"}) {
      const auto &tensor = average.tensors().at(name);
      EXPECT_NEAR(tensor.min().item<double>(), expected, 1e-5) << name << n;
      EXPECT_NEAR(tensor.max().item<double>(), expected, 1e-5) << name << n;
    }
    EXPECT_EQ(average.tensors().at("num_batches_tracked").item<std::int64_t>(), n * n % 7);
  }
  EXPECT_EQ(average.updates(), 20);
}

TEST(MovingAverage, ReplacesWeightsWhileEvaluating) {
  torch::nn::BatchNorm1d network(3);
  set(network, 1);
  MovingAverage average(*network, 0.9);
  set(network, 2);
  {
    const AveragedWeights averaged(average, *network);
    EXPECT_TRUE((network->weight == 1).all().item<bool>());
    EXPECT_TRUE((network->running_var == 1).all().item<bool>());
    EXPECT_TRUE(network->weight.requires_grad());
  }
  EXPECT_TRUE((network->weight == 2).all().item<bool>());
  EXPECT_TRUE((average.tensors().at("weight") == 1).all().item<bool>());
}

TEST(MovingAverage, StoredInFloat32) {
  torch::nn::BatchNorm1d network(3);
  network->to(torch::kBFloat16);
  MovingAverage average(*network, 0.999);
  EXPECT_EQ(average.tensors().at("weight").scalar_type(), torch::kFloat32);
  for (int n = 0; n < 5; ++n) average.update(*network);
  EXPECT_TRUE((average.tensors().at("weight") == 1).all().item<bool>());
}

TEST(MovingAverage, ResumesBitByBit) {
  const test::TemporaryFolder folder;
  torch::nn::BatchNorm1d network(3);
  const auto train = [&](MovingAverage &average, int first, int last) {
    for (int n = first; n < last; ++n) {
      set(network, n * 0.1);
      average.update(*network);
    }
  };
  set(network, 7);
  MovingAverage whole(*network, 0.999);
  train(whole, 0, 5);
  TrainingCheckpoint checkpoint;
  whole.store(checkpoint);
  write_training_checkpoint(folder / "one", checkpoint);
  train(whole, 5, 9);

  MovingAverage resumed(*network, 0.999);
  ASSERT_TRUE(resumed.restore(read_training_checkpoint(folder / "one"), "one"));
  train(resumed, 5, 9);
  EXPECT_EQ(resumed.updates(), whole.updates());
  for (const auto &[name, tensor] : whole.tensors()) {
    EXPECT_TRUE(tensor.equal(resumed.tensors().at(name))) << name;
  }
}

TEST(MovingAverage, RejectsOtherNetworks) {
  torch::nn::BatchNorm1d network(3), larger(4);
  expect_error(ErrorKind::Settings, {"1.0"}, [&] { MovingAverage(*network, 1); });
  MovingAverage average(*network, 0.9);
  TrainingCheckpoint checkpoint;
  EXPECT_FALSE(average.restore(checkpoint, "none"));
  MovingAverage(*larger, 0.9).store(checkpoint);
  expect_error(ErrorKind::Format, {"one.safetensors", "shape of 'bias'"},
               [&] { average.restore(checkpoint, "one.safetensors"); });
}

}  // namespace
}  // namespace hyperlips::training
