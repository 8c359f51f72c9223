// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include <torch/nn/module.h>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::training {

/// Loads published weights. Other than for load_state_dict(), the counters "num_batches_tracked"
/// may be missing (files from before PyTorch 0.4.1), and tensors whose names start with one of
/// `unused` are ignored. Leaves the network in evaluation mode and without gradients. Throws as
/// load_state_dict().
void load_published_weights(torch::nn::Module &network, TensorFile file,
                            std::span<const std::string> unused = {});

}  // namespace hyperlips::training
