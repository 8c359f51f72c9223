// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/gradients.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <torch/types.h>

#include <gtest/gtest.h>

namespace hyperlips::training {
namespace {

/// Parameters whose gradients are the values given.
std::vector<torch::Tensor> with_gradients(const std::vector<std::vector<float>> &values) {
  std::vector<torch::Tensor> parameters;
  for (const auto &gradient : values) {
    auto parameter = torch::zeros(std::int64_t(gradient.size()), torch::requires_grad());
    parameter.mutable_grad() = torch::tensor(gradient);
    parameters.push_back(parameter);
  }
  parameters.push_back(torch::zeros(2, torch::requires_grad()));  // never used: no gradient
  return parameters;
}

TEST(Gradients, NormOfAllParameters) {
  EXPECT_NEAR(gradient_norm(with_gradients({{3, 0}, {-4}, {12, 0, 0}})), 13, 1e-6);
  EXPECT_EQ(gradient_norm(with_gradients({})), 0);
  EXPECT_EQ(gradient_norm({}), 0);
}

TEST(Gradients, DetectsNonFiniteValuesAnywhere) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    for (int place = 0; place < 5; ++place) {
      std::vector<std::vector<float>> values{{1, 1, 1}, {1, 1}};
      (place < 3 ? values[0][place] : values[1][place - 3]) = bad;
      EXPECT_FALSE(std::isfinite(gradient_norm(with_gradients(values)))) << bad << " at " << place;
    }
  }
}

TEST(Gradients, ClippedToLimit) {
  const auto parameters = with_gradients({{3, 0}, {-4}, {12}});
  clip_gradients(parameters, gradient_norm(parameters), 6.5);
  EXPECT_NEAR(gradient_norm(parameters), 6.5, 1e-4);
  EXPECT_NEAR(parameters[1].grad().item<double>(), -2, 1e-4);
}

TEST(Gradients, NotClippedBelowLimitOrIfNotFinite) {
  const auto parameters = with_gradients({{3, 4}});
  const auto before = parameters[0].grad().clone();
  clip_gradients(parameters, 5, 5);
  EXPECT_TRUE(parameters[0].grad().equal(before));
  clip_gradients(parameters, std::numeric_limits<double>::infinity(), 1);
  clip_gradients(parameters, std::numeric_limits<double>::quiet_NaN(), 1);
  EXPECT_TRUE(parameters[0].grad().equal(before));
}

}  // namespace
}  // namespace hyperlips::training
