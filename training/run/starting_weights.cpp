// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/starting_weights.hpp"

namespace hyperlips::training {
namespace {

/// Of a training run's checkpoint, the tensors of one network.
TensorFile network_of(const TensorFile &file, const std::string &prefix) {
  TensorFile network = file;
  network.tensors.clear();
  for (const auto &[name, tensor] : file.tensors) {
    if (name.starts_with(prefix)) network.tensors.emplace(name.substr(prefix.size()), tensor);
  }
  return network;
}

}  // namespace

TensorFile starting_weights(const std::filesystem::path &path, const std::string &name) {
  TensorFile file = read_checkpoint(path);
  if (name == "model") {
    // Where there is a moving average, it is what the run would export.
    TensorFile average = network_of(file, "ema.");
    if (!average.tensors.empty()) {
      TensorFile model = network_of(file, "model.");
      for (auto &[tensor, value] : average.tensors) model.tensors[tensor] = value;
      return model;
    }
  }
  TensorFile network = network_of(file, name + ".");
  return network.tensors.empty() ? file : network;
}

}  // namespace hyperlips::training
