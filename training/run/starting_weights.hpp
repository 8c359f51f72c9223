// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

#include "model/tensor_file.hpp"

namespace hyperlips::training {

/// The weights in a checkpoint of any kind: exported, published or of a training run (its network
/// `name`: its moving average where it has one).
TensorFile starting_weights(const std::filesystem::path &path, const std::string &name = "model");

}  // namespace hyperlips::training
