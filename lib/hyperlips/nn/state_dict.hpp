// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <torch/nn/module.h>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// The parameters and buffers of a network by their state-dict names. The tensors share the memory
/// of the network.
std::map<std::string, torch::Tensor> state_dict(const torch::nn::Module &network);

/// Copies the tensors of a checkpoint into a network and converts their types. Throws Error{Format}
/// that names the file and the first tensor that is missing, unexpected or of another shape, and
/// leaves the network unchanged.
void load_state_dict(torch::nn::Module &network, const TensorFile &file);

/// The type in a checkpoint of tensors of type `type`. Throws Error{Failed} if there is none.
DType file_type(torch::ScalarType type);

/// A copy of a tensor of a checkpoint, in its stored type and shape, on the CPU.
torch::Tensor to_torch(const FileTensor &tensor);

}  // namespace hyperlips
