// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/network_state.hpp"

#include <memory>
#include <utility>

#include <torch/nn/module.h>
#include <torch/optim/adam.h>

#include "hyperlips/error.hpp"
#include "hyperlips/model/describe.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

using Moments = std::pair<torch::Tensor, std::unique_ptr<torch::optim::AdamParamState>>;

Error unfit(const std::filesystem::path &path, const std::string &problem) {
  return damaged(path, "checkpoint for this training",
                 problem + "; resume it with the architecture that wrote it.");
}

/// A tensor of the checkpoint, checked for its shape.
const torch::Tensor &find(const TrainingCheckpoint &checkpoint, const std::filesystem::path &path,
                          const std::string &name, torch::IntArrayRef shape) {
  const auto found = checkpoint.tensors.find(name);
  if (found == checkpoint.tensors.end()) throw unfit(path, "it lacks the tensor " + quote(name));
  if (found->second.sizes() != shape) {
    throw unfit(path, "its tensor " + quote(name) + " has the shape " +
                          describe_shape(found->second.sizes().vec()) + ", expected " +
                          describe_shape(shape.vec()));
  }
  return found->second;
}

std::vector<Moments> read_moments(const TrainingCheckpoint &checkpoint,
                                  const std::filesystem::path &path, const std::string &name,
                                  const torch::nn::Module &network) {
  std::vector<Moments> all;
  for (const auto &item : network.named_parameters()) {
    const auto prefix = "optimizer." + name + "." + item.key();
    if (!checkpoint.tensors.contains(prefix + ".exp_avg")) continue;
    const auto &parameter = item.value();
    const auto copy = [&](const char *part) {
      const auto &stored = find(checkpoint, path, prefix + part, parameter.sizes());
      return torch::empty_like(parameter, torch::MemoryFormat::Preserve).detach().copy_(stored);
    };
    auto state = std::make_unique<torch::optim::AdamParamState>();
    state->step(find(checkpoint, path, prefix + ".step", {}).item<std::int64_t>());
    state->exp_avg(copy(".exp_avg"));
    state->exp_avg_sq(copy(".exp_avg_sq"));
    all.emplace_back(parameter, std::move(state));
  }
  return all;
}

}  // namespace

std::vector<std::string> state_dict_order(const torch::nn::Module &network) {
  std::vector<std::string> order;
  for (const auto &module : network.named_modules()) {
    const auto prefix = module.key().empty() ? "" : module.key() + ".";
    for (const auto &item : module.value()->named_parameters(false)) {
      order.push_back(prefix + item.key());
    }
    for (const auto &item : module.value()->named_buffers(false)) {
      order.push_back(prefix + item.key());
    }
  }
  return order;
}

void store_network(TrainingCheckpoint &checkpoint, const std::string &name,
                   const torch::nn::Module &network, const torch::optim::Adam *adam) {
  for (const auto &[key, tensor] : state_dict(network)) {
    checkpoint.tensors.insert_or_assign(name + "." + key, tensor.detach());
  }
  checkpoint.info["state_dict_order"][name] = state_dict_order(network);
  if (!adam) return;
  const auto &options =
      static_cast<const torch::optim::AdamOptions &>(adam->param_groups().at(0).options());
  const auto [beta1, beta2] = options.betas();
  checkpoint.info["optimizer"][name] = {{"learning_rate", options.lr()},
                                        {"betas", {beta1, beta2}},
                                        {"epsilon", options.eps()},
                                        {"weight_decay", options.weight_decay()}};
  for (const auto &item : network.named_parameters()) {
    const auto found = adam->state().find(item.value().unsafeGetTensorImpl());
    if (found == adam->state().end()) continue;
    const auto &state = static_cast<const torch::optim::AdamParamState &>(*found->second);
    const auto prefix = "optimizer." + name + "." + item.key();
    checkpoint.tensors.insert_or_assign(prefix + ".exp_avg", state.exp_avg());
    checkpoint.tensors.insert_or_assign(prefix + ".exp_avg_sq", state.exp_avg_sq());
    checkpoint.tensors.insert_or_assign(prefix + ".step",
                                        torch::scalar_tensor(state.step(), torch::kInt64));
  }
}

void restore_network(const TrainingCheckpoint &checkpoint, const std::filesystem::path &path,
                     const std::string &name, torch::nn::Module &network,
                     torch::optim::Adam *adam) {
  const torch::NoGradGuard no_grad;
  const auto targets = state_dict(network);
  for (const auto &[key, target] : targets) {
    find(checkpoint, path, name + "." + key, target.sizes());
  }
  const auto prefix = name + ".";
  for (const auto &[key, tensor] : checkpoint.tensors) {
    if (key.starts_with(prefix) && !targets.contains(key.substr(prefix.size()))) {
      throw unfit(path, "its tensor " + quote(key) + " is not one of this network");
    }
  }
  std::vector<Moments> moments;
  if (adam) moments = read_moments(checkpoint, path, name, network);

  for (const auto &[key, target] : targets) {
    torch::Tensor(target).copy_(checkpoint.tensors.at(prefix + key));
  }
  if (!adam) return;
  adam->state().clear();
  for (auto &[parameter, state] : moments) {
    adam->state()[parameter.unsafeGetTensorImpl()] = std::move(state);
  }
}

}  // namespace hyperlips::training
