// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/starting_weights.hpp"

#include <utility>

#include "hyperlips/error.hpp"
#include "hyperlips/model/registry.hpp"
#include "util/quote.hpp"

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

/// The weights of a training run's network; without tensors where the file is none or lacks it.
TensorFile trained_network(const TensorFile &file, const std::string &name) {
  TensorFile network = network_of(file, name + ".");
  if (name == "model") {
    // Where there is a moving average, it is what the run would export.
    for (auto &[tensor, value] : network_of(file, "ema.").tensors) network.tensors[tensor] = value;
  }
  return network;
}

HeldNetwork identified(TensorFile weights) {
  const std::string &architecture = identify(weights).name;
  const std::string kind = architecture == "HyperLipsBase"             ? "base"
                           : architecture.starts_with("HRDecoder x")   ? "hr"
                           : architecture.starts_with("SyncNet_color") ? "sync"
                                                                       : "discriminator";
  return {kind, architecture, std::move(weights)};
}

}  // namespace

TensorFile starting_weights(const std::filesystem::path &path, const std::string &name) {
  const TensorFile file = read_checkpoint(path);
  TensorFile network = trained_network(file, name);
  return network.tensors.empty() ? file : network;
}

std::vector<HeldNetwork> held_networks(const TensorFile &file) {
  std::vector<HeldNetwork> held;
  for (const char *name : {"model", "disc"}) {
    TensorFile network = trained_network(file, name);
    if (!network.tensors.empty()) held.push_back(identified(std::move(network)));
  }
  if (held.empty()) held.push_back(identified(file));
  return held;
}

HeldNetwork held_network(const TensorFile &file, const std::string &kind) {
  std::vector<HeldNetwork> held = held_networks(file);
  if (kind.empty()) return std::move(held.front());
  std::string list;
  for (HeldNetwork &network : held) {
    const bool generator = network.kind == "base" || network.kind == "hr";
    if (network.kind == kind || (kind == "generator" && generator)) return std::move(network);
    list += (list.empty() ? "" : ", ") + network.kind + " (" + network.architecture + ")";
  }
  throw Error(ErrorKind::Settings, "Checkpoint " + quote_path(file.path) + " holds no network \"" +
                                       kind + "\"; it holds: " + list + ".");
}

}  // namespace hyperlips::training
