// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tests of the stages share.
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include "hyperlips/error.hpp"
#include "training/stages/stage.hpp"

namespace hyperlips::training::test {

inline double value_of(const Losses &losses, const std::string &name) {
  for (const auto &[loss, value] : losses) {
    if (loss == name) return value;
  }
  ADD_FAILURE() << "no loss " << name;
  return 0;
}

inline bool has(const Losses &losses, const std::string &name) {
  for (const auto &[loss, value] : losses) {
    if (loss == name) return true;
  }
  return false;
}

using Gradients = std::map<std::string, torch::Tensor>;

/// The gradients that are there, by parameter, as copies.
inline Gradients gradients(const torch::nn::Module &network) {
  Gradients found;
  for (const auto &item : network.named_parameters()) {
    if (item.value().grad().defined()) found[item.key()] = item.value().grad().clone();
  }
  return found;
}

inline void clear_gradients(Stage &stage) {
  for (const Trained &trained : stage.trained()) trained.network->zero_grad();
}

template <typename Impl>
std::shared_ptr<Impl> network(Stage &stage, std::size_t index) {
  return std::dynamic_pointer_cast<Impl>(stage.trained().at(index).network);
}

/// Equal within `relative` of each gradient's largest value, or `absolute`.
inline void expect_near(const Gradients &found, const Gradients &expected, double relative,
                        double absolute = 1e-7) {
  ASSERT_EQ(found.size(), expected.size());
  for (const auto &[name, gradient] : expected) {
    const double scale = gradient.abs().max().item<double>();
    EXPECT_LT((found.at(name) - gradient).abs().max().item<double>(), relative * scale + absolute)
        << name;
  }
}

/// A step of a stage with two networks gives the first the gradient of `first_loss` and the second
/// that of `second_loss`, which is computed after the first.
inline void expect_own_gradients(Stage &stage, const Batch &batch, double relative,
                                 const std::function<torch::Tensor()> &first_loss,
                                 const std::function<torch::Tensor()> &second_loss) {
  const auto trained = stage.trained();
  ASSERT_EQ(trained.size(), 2u);
  stage.accumulate(batch, 1);
  const Gradients first = gradients(*trained[0].network), second = gradients(*trained[1].network);
  clear_gradients(stage);
  first_loss().backward();
  expect_near(first, gradients(*trained[0].network), relative);
  clear_gradients(stage);
  second_loss().backward();
  expect_near(second, gradients(*trained[1].network), relative);
}

/// A step under autocast has nearly the losses of one without, and float32 weights and gradients.
inline void expect_mixed_precision(Stage &stage, const Losses &found, const Losses &expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found[i].first, expected[i].first);
    EXPECT_NEAR(found[i].second, expected[i].second, 0.02 * std::abs(expected[i].second))
        << found[i].first;
  }
  for (const Trained &trained : stage.trained()) {
    for (const auto &item : trained.network->named_parameters()) {
      EXPECT_EQ(item.value().scalar_type(), torch::kFloat32);
      EXPECT_EQ(item.value().grad().scalar_type(), torch::kFloat32);
      EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
    }
  }
}

/// Smooth pictures that differ from clip to clip and from frame to frame, 0 ... 1.
inline torch::Tensor drawn_clips(std::int64_t clips, std::int64_t channels, std::int64_t frames,
                                 std::int64_t size, double phase) {
  const auto axis = [](std::int64_t count, double step, std::vector<std::int64_t> shape) {
    return torch::arange(count, torch::kFloat32).mul(step).view(shape);
  };
  return torch::sin(axis(clips, 1.7, {-1, 1, 1, 1, 1}) + axis(channels, 0.9, {1, -1, 1, 1, 1}) +
                    axis(frames, 0.3, {1, 1, -1, 1, 1}) +
                    axis(size, 12.0 / static_cast<double>(size), {1, 1, 1, -1, 1}) +
                    axis(size, 7.0 / static_cast<double>(size), {1, 1, 1, 1, -1}).square() + phase)
      .mul(0.45)
      .add(0.5);
}

/// A batch of base training without a sync expert's window, if not asked for.
inline Batch base_batch(std::int64_t clips, std::int64_t frames) {
  torch::Tensor face = drawn_clips(clips, 6, frames, 128, 0.2);
  face.slice(1, 0, 3).slice(3, 64).zero_();
  torch::manual_seed(5);
  return {{"mels", torch::randn({clips, frames, 1, 80, 16})},
          {"mel", torch::randn({clips, 1, 80, 16})},
          {"face", face},
          {"target", drawn_clips(clips, 3, frames, 128, 0.5)}};
}

template <typename Action>
void expect_error(const std::vector<std::string> &parts, Action action) {
  try {
    action();
    ADD_FAILURE() << "no error, expected one with " << parts.front();
  } catch (const Error &error) {
    for (const std::string &part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

}  // namespace hyperlips::training::test
