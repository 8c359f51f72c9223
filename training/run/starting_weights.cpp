// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/starting_weights.hpp"

#include <utility>

#include "hyperlips/error.hpp"
#include "hyperlips/model/registry.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

/// The tensors whose names begin with a prefix, without it.
TensorFile network_of(const TensorFile &file, const std::string &prefix) {
  TensorFile network = file;
  network.tensors.clear();
  for (const auto &[name, tensor] : file.tensors) {
    if (name.starts_with(prefix)) network.tensors.emplace(name.substr(prefix.size()), tensor);
  }
  return network;
}

/// The weights of a network of a training run; without tensors if the file has no such network.
TensorFile trained_network(const TensorFile &file, const std::string &name) {
  TensorFile network = network_of(file, name + ".");
  if (name == "model") {
    // If there is a moving average, it is what the run exports.
    for (auto &[tensor, value] : network_of(file, "ema.").tensors) network.tensors[tensor] = value;
  }
  return network;
}

StoredNetwork identified(std::string name, TensorFile weights) {
  const std::string &architecture = identify(weights).name;
  const std::string kind = architecture == "HyperLipsBase"             ? "base"
                           : architecture.starts_with("HRDecoder x")   ? "hr"
                           : architecture.starts_with("SyncNet_color") ? "sync"
                                                                       : "discriminator";
  return {std::move(name), kind, architecture, std::move(weights)};
}

}  // namespace

TensorFile starting_weights(const std::filesystem::path &path, const std::string &name) {
  const TensorFile file = read_checkpoint(path);
  TensorFile network = trained_network(file, name);
  return network.tensors.empty() ? file : network;
}

std::vector<StoredNetwork> stored_networks(const TensorFile &file) {
  std::vector<StoredNetwork> stored;
  for (const char *name : {"model", "disc"}) {
    TensorFile network = trained_network(file, name);
    if (!network.tensors.empty()) stored.push_back(identified(name, std::move(network)));
  }
  if (stored.empty()) stored.push_back(identified("model", file));
  return stored;
}

StoredNetwork stored_network(const TensorFile &file, const std::string &kind) {
  std::vector<StoredNetwork> stored = stored_networks(file);
  if (kind.empty()) return std::move(stored.front());
  std::string list;
  for (StoredNetwork &network : stored) {
    const bool generator = network.kind == "base" || network.kind == "hr";
    if (network.kind == kind || (kind == "generator" && generator)) return std::move(network);
    list += (list.empty() ? "" : ", ") + network.kind + " (" + network.architecture + ")";
  }
  throw Error(ErrorKind::Settings, "Checkpoint " + quote_path(file.path) + " has no network " +
                                       quote(kind) + "; it has: " + list + ".");
}

}  // namespace hyperlips::training
