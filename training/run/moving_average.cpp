// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/moving_average.hpp"

#include <algorithm>
#include <vector>

#include <torch/nn/module.h>

#include "hyperlips/error.hpp"
#include "hyperlips/model/describe.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

constexpr const char *kUpdatesName = "ema_updates";

}  // namespace

MovingAverage::MovingAverage(const torch::nn::Module &network, double decay) : decay_(decay) {
  if (!(decay >= 0 && decay < 1)) {
    throw Error(ErrorKind::Settings, "The decay of the moving average is " + std::to_string(decay) +
                                         "; it must be at least 0 and below 1.");
  }
  for (const auto &[name, tensor] : state_dict(network)) {
    const auto type = tensor.is_floating_point() ? torch::kFloat32 : tensor.scalar_type();
    tensors_.emplace(name, tensor.detach().to(type, false, true));
  }
}

void MovingAverage::update(const torch::nn::Module &network) {
  const torch::NoGradGuard no_grad;
  ++updates_;
  const auto n = static_cast<double>(updates_);
  const double decay = std::min(decay_, (1 + n) / (10 + n));
  std::vector<torch::Tensor> averages, values;
  for (const auto &[name, tensor] : state_dict(network)) {
    auto &average = tensors_.at(name);
    if (!tensor.is_floating_point()) {
      average.copy_(tensor);
      continue;
    }
    averages.push_back(average);
    values.push_back(tensor.to(torch::kFloat32));
  }
  if (!averages.empty()) torch::_foreach_lerp_(averages, values, 1 - decay);
}

void MovingAverage::swap(torch::nn::Module &network) {
  const torch::NoGradGuard no_grad;
  for (const auto &[name, tensor] : state_dict(network)) {
    auto &average = tensors_.at(name);
    const auto old = tensor.clone();
    torch::Tensor(tensor).copy_(average);
    average.copy_(old);
  }
}

void MovingAverage::store(TrainingCheckpoint &checkpoint) const {
  for (const auto &[name, tensor] : tensors_) {
    checkpoint.tensors.insert_or_assign("ema." + name, tensor);
  }
  checkpoint.tensors.insert_or_assign(kUpdatesName, torch::scalar_tensor(updates_, torch::kInt64));
}

bool MovingAverage::restore(const TrainingCheckpoint &checkpoint,
                            const std::filesystem::path &path) {
  const auto updates = checkpoint.tensors.find(kUpdatesName);
  if (updates == checkpoint.tensors.end()) return false;
  const torch::NoGradGuard no_grad;
  for (const auto &[name, tensor] : tensors_) {
    const auto found = checkpoint.tensors.find("ema." + name);
    if (found == checkpoint.tensors.end() || found->second.sizes() != tensor.sizes()) {
      throw damaged(path, "checkpoint for this training",
                    "its moving average " +
                        std::string(found == checkpoint.tensors.end() ? "lacks the tensor "
                                                                      : "has another shape of ") +
                        quote(name) + "; resume it with the architecture that wrote it.");
    }
  }
  for (auto &[name, tensor] : tensors_) tensor.copy_(checkpoint.tensors.at("ema." + name));
  updates_ = updates->second.item<std::int64_t>();
  return true;
}

}  // namespace hyperlips::training
