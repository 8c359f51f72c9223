// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

#include "ranks.hpp"
#include "training/distributed/gradient_reducer.hpp"

namespace hyperlips::training {
namespace {

/// Four layers; which of them a loss reaches is its caller's choice.
struct NetworkImpl : torch::nn::Module {
  NetworkImpl() {
    for (int i = 0; i < 4; ++i) {
      layers.push_back(register_module("layer" + std::to_string(i), torch::nn::Linear(6, 6)));
    }
    layers[0]->bias.requires_grad_(false);
  }
  torch::Tensor loss(torch::Tensor x, const std::vector<int> &used) {
    for (const int layer : used) x = layers[layer]->forward(x).tanh();
    return (x * x).mean();
  }
  std::vector<torch::nn::Linear> layers;
};
TORCH_MODULE(Network);

Network seeded_network() {
  torch::manual_seed(7);
  return Network();
}

torch::Tensor batch_of(int rank, int micro_batch = 0) {
  torch::manual_seed(100 + 10 * rank + micro_batch);
  return torch::randn({5, 6});
}

void expect_same_gradients(Network &got, Network &expected) {
  const auto names = got->named_parameters();
  for (const auto &parameter : expected->named_parameters()) {
    const torch::Tensor gradient = names[parameter.key()].grad(), truth = parameter.value().grad();
    ASSERT_EQ(gradient.defined(), truth.defined()) << parameter.key();
    if (truth.defined()) {
      EXPECT_LT((gradient - truth).abs().max().item<double>(), 1e-7) << parameter.key();
    }
  }
}

constexpr std::int64_t kOneLayer = (36 + 6) * sizeof(float);
const std::vector<int> kAllLayers{0, 1, 2, 3};

TEST(GradientReducer, NoEffectWithOneProcess) {
  Network network = seeded_network(), expected = seeded_network();
  ProcessGroup group{Launch()};
  GradientReducer reducer(group, network->parameters());
  reducer.begin();
  network->loss(batch_of(0), kAllLayers).backward();
  reducer.finish();
  expected->loss(batch_of(0), kAllLayers).backward();
  expect_same_gradients(network, expected);
}

TEST(GradientReducer, AveragesDuringBackward) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  Network network = seeded_network();
  GradientReducer reducer(group, network->parameters(), kOneLayer);
  EXPECT_EQ(reducer.buckets(), 4);
  for (int step = 0; step < 3; ++step) {
    network->zero_grad();
    reducer.begin();
    network->loss(batch_of(group.rank(), step), kAllLayers).backward();
    reducer.finish();
    EXPECT_EQ(reducer.overlapped_buckets(), 4);

    Network expected = seeded_network();
    for (const int rank : {0, 1}) {
      (expected->loss(batch_of(rank, step), kAllLayers) / 2).backward();
    }
    expect_same_gradients(network, expected);
  }
}

TEST(GradientReducer, SendsLastMicroBatchOnly) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  Network network = seeded_network();
  GradientReducer reducer(group, network->parameters(), kOneLayer);
  for (const int micro_batch : {0, 1, 2}) {
    if (micro_batch == 2) reducer.begin();
    network->loss(batch_of(group.rank(), micro_batch), kAllLayers).backward();
  }
  reducer.finish();
  Network expected = seeded_network();
  for (const int rank : {0, 1}) {
    for (const int micro_batch : {0, 1, 2}) {
      (expected->loss(batch_of(rank, micro_batch), kAllLayers) / 2).backward();
    }
  }
  expect_same_gradients(network, expected);
}

// Rank 0 does not reach layer 1, rank 1 not layer 2, and no rank layer 3.
TEST(GradientReducer, MissingGradientsAreZero) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  const auto used = [](int rank) { return std::vector<int>{0, rank == 0 ? 2 : 1}; };
  Network network = seeded_network();
  GradientReducer reducer(group, network->parameters(), kOneLayer);
  for (int step = 0; step < 2; ++step) {
    network->zero_grad();
    reducer.begin();
    network->loss(batch_of(group.rank()), used(group.rank())).backward();
    reducer.finish();
  }
  Network expected = seeded_network();
  for (const int rank : {0, 1}) (expected->loss(batch_of(rank), used(rank)) / 2).backward();
  expect_same_gradients(network, expected);
}

// As a discriminator does: one backward pass for real pictures, one for generated ones.
TEST(GradientReducer, SeveralBackwardPasses) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  Network network = seeded_network();
  GradientReducer reducer(group, network->parameters(), kOneLayer);
  for (int step = 0; step < 3; ++step) {
    network->zero_grad();
    reducer.begin();
    network->loss(batch_of(group.rank(), 0), kAllLayers).backward();
    network->loss(batch_of(group.rank(), 1), kAllLayers).backward();
    reducer.finish();
    Network expected = seeded_network();
    for (const int rank : {0, 1}) {
      for (const int pass : {0, 1})
        (expected->loss(batch_of(rank, pass), kAllLayers) / 2).backward();
    }
    expect_same_gradients(network, expected);
  }
}

TEST(GradientReducer, SameOrderOnAllRanks) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  const auto order = [](int rank) {
    return rank == 0 ? std::vector<int>{0, 1, 2, 3} : std::vector<int>{3, 2, 1, 0};
  };
  Network network = seeded_network();
  GradientReducer reducer(group, network->parameters(), kOneLayer);
  reducer.begin();
  network->loss(batch_of(group.rank()), order(group.rank())).backward();
  reducer.finish();
  Network expected = seeded_network();
  for (const int rank : {0, 1}) (expected->loss(batch_of(rank), order(rank)) / 2).backward();
  expect_same_gradients(network, expected);
}

TEST(BroadcastState, CopiesRank0) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  torch::nn::BatchNorm2d network(3);
  {
    const torch::NoGradGuard no_grad;
    network->weight.fill_(group.rank() + 5);
    network->running_var.fill_(group.rank() + 6);
    network->num_batches_tracked.fill_(group.rank() + 7);
  }
  broadcast_state(group, *network);
  EXPECT_EQ(network->weight[1].item<float>(), 5);
  EXPECT_EQ(network->running_var[2].item<float>(), 6);
  EXPECT_EQ(network->num_batches_tracked.item<std::int64_t>(), 7);
  EXPECT_TRUE(network->weight.requires_grad());
}

}  // namespace
}  // namespace hyperlips::training
