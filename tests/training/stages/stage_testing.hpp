// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tests of the stages share.
#pragma once

#include <map>
#include <string>

#include <gtest/gtest.h>
#include <torch/nn/module.h>

#include "error.hpp"
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

/// The gradients that are there, by parameter, as copies.
inline std::map<std::string, torch::Tensor> gradients(const torch::nn::Module &network) {
  std::map<std::string, torch::Tensor> found;
  for (const auto &item : network.named_parameters()) {
    if (item.value().grad().defined()) found[item.key()] = item.value().grad().clone();
  }
  return found;
}

inline void clear_gradients(Stage &stage) {
  for (const Trained &trained : stage.trained()) trained.network->zero_grad();
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
