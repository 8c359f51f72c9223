// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::training {

/// The weights in a checkpoint of any kind: exported, published or of a training run (its network
/// `name`: its moving average where it has one).
TensorFile starting_weights(const std::filesystem::path &path, const std::string &name = "model");

/// One network of a checkpoint.
struct HeldNetwork {
  std::string kind;          ///< "base", "hr", "sync" or "discriminator"
  std::string architecture;  ///< its name in the registry
  TensorFile weights;        ///< as starting_weights() gives them
};

/// All networks of a checkpoint of any kind, the one that the stage is about first. Throws
/// Error{Format} as identify() for a network that is not known.
std::vector<HeldNetwork> held_networks(const TensorFile &file);

/// The one of a kind, of "base", "hr", "sync", "discriminator" or "generator" (base or hr); empty:
/// the first. Throws Error{Settings} that lists what the file holds when it has none of that kind.
HeldNetwork held_network(const TensorFile &file, const std::string &kind);

}  // namespace hyperlips::training
