// SPDX-License-Identifier: LGPL-2.1-or-later
// Two processes with a batch of B train as one with 2B.
#include <gtest/gtest.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/activation.h>
#include <torch/optim/adam.h>
#include <torch/utils.h>

#include "hyperlips/nn/batch_norm.hpp"
#include "hyperlips/nn/hyperlips_base.hpp"
#include "ranks.hpp"
#include "training/distributed/gradient_reducer.hpp"

namespace hyperlips::training {
namespace {

/// The samples [begin, end) of a step, the same in every process.
struct Samples {
  int step;
  std::int64_t begin, end;
  torch::Tensor random(torch::IntArrayRef shape, int what) const {
    torch::manual_seed(1000 * step + what);
    std::vector<std::int64_t> sizes{8};
    sizes.insert(sizes.end(), shape.begin(), shape.end());
    return torch::rand(sizes).slice(0, begin, end);
  }
};

/// A network, made from a seed, and its loss.
template <typename Network, typename Loss>
std::vector<double> train(Network network, Loss loss, ProcessGroup &group, std::int64_t batch,
                          int steps) {
  broadcast_state(group, *network);
  if (group.size() > 1) {
    set_batch_norm_sum([&group](torch::Tensor &tensor) { group.all_reduce(tensor); });
  }
  GradientReducer reducer(group, network->parameters(), 1 << 20);
  torch::optim::Adam optimizer(network->parameters(),
                               torch::optim::AdamOptions(1e-4).betas({0.5, 0.999}));
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) {
    optimizer.zero_grad();
    reducer.begin();
    const torch::Tensor value =
        loss(network, Samples{step, batch * group.rank(), batch * (group.rank() + 1)});
    value.backward();
    reducer.finish();
    optimizer.step();
    torch::Tensor average = value.detach().clone();
    group.all_reduce(average);
    losses.push_back(average.item<double>() / group.size());
  }
  set_batch_norm_sum({});
  return losses;
}

template <typename Make, typename Loss>
void expect_same_losses(Make make, Loss loss, std::int64_t batch, int steps, double tolerance) {
  ProcessGroup &group = test::group();
  torch::Tensor expected = torch::zeros({steps}, torch::kDouble);
  if (group.rank() == 0) {
    ProcessGroup alone{Launch()};
    torch::manual_seed(1);
    expected = torch::tensor(train(make(), loss, alone, 2 * batch, steps), torch::kDouble);
  }
  group.broadcast(expected);
  torch::manual_seed(1 + group.rank());  // rank 0's weights count
  const std::vector<double> losses = train(make(), loss, group, batch, steps);
  for (int step = 0; step < steps; ++step) {
    EXPECT_NEAR(losses[step], expected[step].template item<double>(), tolerance) << "step " << step;
  }
  EXPECT_GT(std::abs(losses.front() - losses.back()), 1e-4);
}

TEST(TwoProcesses, SmallNetworkEqualsOneProcess) {
  if (test::ran_over_processes()) return;
  const auto make = [] {
    namespace nn = torch::nn;
    return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(3, 8, 3)), BatchNorm2d(8), nn::ReLU(),
                          nn::Conv2d(nn::Conv2dOptions(8, 8, 3).stride(2)), BatchNorm2d(8),
                          nn::ReLU(), nn::Conv2d(nn::Conv2dOptions(8, 1, 3)));
  };
  const auto loss = [](torch::nn::Sequential network, const Samples &samples) {
    const torch::Tensor y = network->forward(samples.random({3, 16, 16}, 0));
    return (y - samples.random({1, 4, 4}, 1)).abs().mean();
  };
  expect_same_losses(make, loss, 3, 10, 1e-5);
}

// All layers of the network, on small faces and in few steps for the sake of time. In fp64: in fp32
// the losses of such a tiny batch part by some 1e-4 within ten steps, in fp64 they stay together.
TEST(TwoProcesses, HyperLipsBaseEqualsOneProcess) {
  if (test::ran_over_processes()) return;
  const auto make = [] {
    HyperLipsBase network;
    network->to(torch::kDouble);
    return network;
  };
  const auto loss = [](HyperLipsBase network, const Samples &samples) {
    const auto random = [&](torch::IntArrayRef shape, int what) {
      return samples.random(shape, what).to(torch::kDouble);
    };
    const torch::Tensor y = network->forward(random({1, 80, 16}, 0), random({6, 32, 32}, 1));
    return (y - random({3, 32, 32}, 2)).abs().mean();
  };
  expect_same_losses(make, loss, 1, 4, 1e-8);
}

}  // namespace
}  // namespace hyperlips::training
