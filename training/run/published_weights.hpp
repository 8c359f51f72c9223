// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include <torch/nn/module.h>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::training {

/// Loads a network that others published. Beyond load_state_dict(), files from before PyTorch 0.4.1
/// may lack the counters "num_batches_tracked", and tensors whose names start with one of `unused`
/// are passed over. The network is then in evaluation mode and wants no gradients.
void load_published_weights(torch::nn::Module &network, TensorFile file,
                            std::span<const std::string> unused = {});

}  // namespace hyperlips::training
