// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::training {

/// The weights in a checkpoint of any kind: exported, published or of a training run (its network
/// `name`, as the moving average if there is one).
TensorFile starting_weights(const std::filesystem::path &path, const std::string &name = "model");

/// One network of a checkpoint.
struct StoredNetwork {
  std::string name;          ///< in a training checkpoint: "model" or "disc"; else "model"
  std::string kind;          ///< "base", "hr", "sync" or "discriminator"
  std::string architecture;  ///< name in the registry
  TensorFile weights;        ///< as starting_weights() returns them
};

/// All networks of a checkpoint of any kind, the main network of the stage first. Throws
/// Error{Format} as identify() for an unknown network.
std::vector<StoredNetwork> stored_networks(const TensorFile &file);

/// The network of a kind: "base", "hr", "sync", "discriminator" or "generator" (base or hr); empty:
/// the first. Throws Error{Settings} that lists the networks of the file if there is none of that
/// kind.
StoredNetwork stored_network(const TensorFile &file, const std::string &kind);

}  // namespace hyperlips::training
