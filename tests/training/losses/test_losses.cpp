// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>

#include "training/losses/adversarial.hpp"
#include "training/losses/picture_loss.hpp"

namespace hyperlips::training {
namespace {

double log1pexp(double x) { return std::log1p(std::exp(x)); }

TEST(Losses, AdversarialCrossEntropy) {
  const torch::Tensor scores = torch::tensor({0.9, 0.2});
  EXPECT_NEAR(real_loss(scores).item<double>(), -(std::log(0.9) + std::log(0.2)) / 2, 1e-6);
  EXPECT_NEAR(fake_loss(scores).item<double>(), -(std::log(0.1) + std::log(0.8)) / 2, 1e-6);
}

TEST(Losses, RelativisticLossMatchesFormula) {
  const double truer[] = {0.9, 0.4, 0.7}, falser[] = {0.1, 0.8, 0.3};
  const double truer_mean = 2.0 / 3, falser_mean = 0.4;
  double expected = 0;
  for (int i = 0; i < 3; ++i) {
    expected += log1pexp(-(truer[i] - falser_mean)) / 3 + log1pexp(falser[i] - truer_mean) / 3;
  }
  const auto column = [](const double(&values)[3]) {
    return torch::tensor(std::vector<double>(values, values + 3)).view({3, 1});
  };
  EXPECT_NEAR(relativistic_loss(column(truer), column(falser)).item<double>(), expected / 2, 1e-6);
}

TEST(Losses, GradientL1IgnoresBrightness) {
  const torch::Tensor a = torch::rand({2, 3, 6, 5}), b = torch::rand({2, 3, 6, 5});
  const auto x = a.accessor<float, 4>(), y = b.accessor<float, 4>();
  double across = 0, down = 0;
  for (int n = 0; n < 2; ++n) {
    for (int c = 0; c < 3; ++c) {
      for (int i = 0; i < 6; ++i) {
        for (int j = 0; j < 5; ++j) {
          if (j > 0) {
            across +=
                std::abs((x[n][c][i][j] - x[n][c][i][j - 1]) - (y[n][c][i][j] - y[n][c][i][j - 1]));
          }
          if (i > 0) {
            down +=
                std::abs((x[n][c][i][j] - x[n][c][i - 1][j]) - (y[n][c][i][j] - y[n][c][i - 1][j]));
          }
        }
      }
    }
  }
  const double expected = across / (2 * 3 * 6 * 4) + down / (2 * 3 * 5 * 5);
  EXPECT_NEAR(gradient_l1(a, b).item<double>(), expected, 1e-5);
  EXPECT_NEAR(gradient_l1(a, a + 0.3).item<double>(), 0, 1e-6);
}

TEST(Losses, BoxesHaveEqualWeight) {
  torch::Tensor a = torch::zeros({3, 1, 8, 8}), b = torch::zeros({3, 1, 8, 8});
  b[0].fill_(1);
  b[1].slice(1, 2, 4).fill_(3);
  const torch::Tensor numbers =
      torch::tensor({{0, 1, 0, 1}, {0, 4, 0, 8}, {5, 5, 0, 8}}, torch::kFloat32);
  // A single pixel of difference 1, half a box of difference 3, and an empty box.
  EXPECT_NEAR(boxes_l1(a, b, picture_boxes(numbers, 8, 8)).item<double>(), (1 + 1.5) / 2, 1e-6);

  const std::vector<PictureBox> cut =
      picture_boxes(torch::tensor({{-3, 20, 6, 90}}), /*height=*/10, /*width=*/12);
  EXPECT_EQ(cut[0].row0, 0);
  EXPECT_EQ(cut[0].row1, 10);
  EXPECT_EQ(cut[0].col0, 6);
  EXPECT_EQ(cut[0].col1, 12);
}

TEST(Losses, EmptyBoxesGiveZeroLoss) {
  torch::Tensor a = torch::rand({1, 3, 8, 8}).requires_grad_();
  const torch::Tensor loss = boxes_l1(a, torch::zeros({1, 3, 8, 8}), {{4, 4, 0, 8}});
  EXPECT_EQ(loss.item<double>(), 0);
  // It must still fit into a sum that is differentiated.
  (loss + a.sum()).backward();
  EXPECT_EQ(a.grad().min().item<double>(), 1);
}

}  // namespace
}  // namespace hyperlips::training
