// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <torch/utils.h>

#include "hyperlips/nn/batch_norm.hpp"
#include "ranks.hpp"
#include "training/distributed/process_group.hpp"

namespace hyperlips::training {
namespace {

constexpr std::int64_t kChannels = 4;

/// While it exists, batch norms sum over the group.
class GlobalSums {
 public:
  explicit GlobalSums(ProcessGroup &group) {
    set_batch_norm_sum([&group](torch::Tensor &tensor) { group.all_reduce(tensor); });
  }
  ~GlobalSums() { set_batch_norm_sum({}); }
};

template <typename Norm>
void set_weights(Norm &norm) {
  const torch::NoGradGuard no_grad;
  norm->weight.copy_(torch::linspace(0.5, 2, kChannels));
  norm->bias.copy_(torch::linspace(-1, 1, kChannels));
}

torch::Tensor whole_batch(double mean = 3) {
  torch::manual_seed(3);
  return torch::randn({8, kChannels, 5, 7}) * 2 + mean;
}

/// Rank 0 has three of the eight samples, rank 1 five.
torch::Tensor part_of(const torch::Tensor &whole, int rank) {
  return rank == 0 ? whole.slice(0, 0, 3) : whole.slice(0, 3);
}

double difference(const torch::Tensor &a, const torch::Tensor &b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a - b).abs().max().item<double>();
}

template <typename Norm>
void expect_like_torch(Norm norm) {
  torch::nn::BatchNorm2d expected(norm->options);
  EXPECT_EQ(norm->named_parameters().keys(), expected->named_parameters().keys());
  EXPECT_EQ(norm->named_buffers().keys(), expected->named_buffers().keys());
  set_weights(norm);
  set_weights(expected);
  for (const bool training : {true, true, false}) {
    norm->train(training);
    expected->train(training);
    EXPECT_TRUE(norm->forward(whole_batch()).equal(expected->forward(whole_batch())));
    for (const auto &buffer : expected->named_buffers()) {
      EXPECT_TRUE(norm->named_buffers()[buffer.key()].equal(buffer.value())) << buffer.key();
    }
  }
}

TEST(BatchNorm, EqualsTorchWithOneProcess) {
  expect_like_torch(BatchNorm2d(kChannels));
  expect_like_torch(BatchNorm2d(torch::nn::BatchNormOptions(kChannels).momentum(0.01).eps(1e-3)));
  expect_like_torch(BatchNorm2d(torch::nn::BatchNormOptions(kChannels).momentum(std::nullopt)));
}

struct Case {
  torch::nn::BatchNormOptions options{kChannels};
  double mean = 3;
  torch::MemoryFormat format = torch::MemoryFormat::Contiguous;
  double tolerance = 2e-6;
};

void expect_part_of_torchs(ProcessGroup &group, const Case &parameters) {
  const torch::Tensor whole = whole_batch(parameters.mean);
  const torch::Tensor direction = torch::randn_like(whole);
  torch::nn::BatchNorm2d expected(parameters.options);
  set_weights(expected);
  torch::Tensor expected_x = whole.to(torch::kDouble).requires_grad_();
  expected->to(torch::kDouble);
  BatchNorm2d norm(parameters.options);
  set_weights(norm);
  const GlobalSums sums(group);
  const double tolerance = parameters.tolerance;
  for (int step = 0; step < 2; ++step) {
    expected->zero_grad();
    expected_x.mutable_grad().reset();
    const torch::Tensor expected_y = expected->forward(expected_x);
    (expected_y * direction).sum().backward();

    norm->zero_grad();
    torch::Tensor x =
        part_of(whole, group.rank()).clone().contiguous(parameters.format).requires_grad_();
    const torch::Tensor y = norm->forward(x);
    EXPECT_TRUE(y.is_contiguous(parameters.format));
    (y * part_of(direction, group.rank())).sum().backward();

    EXPECT_LT(difference(y, part_of(expected_y, group.rank())), 4 * tolerance);
    EXPECT_LT(difference(x.grad(), part_of(expected_x.grad(), group.rank())), 4 * tolerance);
    torch::Tensor weight = norm->weight.grad().clone(), bias = norm->bias.grad().clone();
    group.all_reduce(weight);
    group.all_reduce(bias);
    EXPECT_LT(difference(weight, expected->weight.grad()), 100 * tolerance);
    EXPECT_LT(difference(bias, expected->bias.grad()), 100 * tolerance);
    EXPECT_LT(difference(norm->running_mean / expected->running_mean, torch::ones({kChannels})),
              2e-6);
    EXPECT_LT(difference(norm->running_var / expected->running_var, torch::ones({kChannels})),
              2e-6);
    EXPECT_EQ(norm->num_batches_tracked.item<std::int64_t>(), step + 1);
  }
  norm->eval();
  expected->eval();
  EXPECT_LT(difference(norm->forward(whole), expected->forward(whole.to(torch::kDouble))),
            10 * tolerance);
}

TEST(BatchNorm, EqualsTorchOnAllBatches) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  expect_part_of_torchs(group, {});
  expect_part_of_torchs(
      group, {.options = torch::nn::BatchNormOptions(kChannels).momentum(0.01).eps(1e-3)});
  expect_part_of_torchs(group,
                        {.options = torch::nn::BatchNormOptions(kChannels).momentum(std::nullopt)});
  expect_part_of_torchs(group, {.format = torch::MemoryFormat::ChannelsLast});
}

// The difference of large squares would leave nothing of the variance in fp32.
TEST(BatchNorm, SmallVarianceAroundLargeMean) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  expect_part_of_torchs(group, {.mean = 3000, .tolerance = 1e-3});
}

TEST(BatchNorm, Bf16Input) {
  if (test::ran_over_processes()) return;
  ProcessGroup &group = test::group();
  const torch::Tensor whole = whole_batch(), direction = torch::randn_like(whole);
  torch::nn::BatchNorm2d expected(kChannels);
  torch::Tensor expected_x = whole.to(torch::kBFloat16).to(torch::kFloat).requires_grad_();
  const torch::Tensor expected_y = expected->forward(expected_x);
  (expected_y * direction).sum().backward();

  BatchNorm2d norm(kChannels);
  const GlobalSums sums(group);
  torch::Tensor x = part_of(whole, group.rank()).to(torch::kBFloat16).requires_grad_();
  const torch::Tensor y = norm->forward(x);
  EXPECT_EQ(y.scalar_type(), torch::kBFloat16);
  EXPECT_LT(difference(norm->running_mean, expected->running_mean), 1e-6);
  EXPECT_LT(difference(norm->running_var, expected->running_var), 1e-5);
  (y * part_of(direction, group.rank())).sum().backward();
  EXPECT_EQ(x.grad().scalar_type(), torch::kBFloat16);
  EXPECT_LT(difference(y.to(torch::kFloat), part_of(expected_y, group.rank())), 0.02);
  EXPECT_LT(difference(x.grad().to(torch::kFloat), part_of(expected_x.grad(), group.rank())), 0.02);
}

}  // namespace
}  // namespace hyperlips::training
