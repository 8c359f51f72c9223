// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <torch/nn/module.h>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// A network's parameters and buffers by their state-dict names. The tensors share the network's
/// memory.
std::map<std::string, torch::Tensor> state_dict(const torch::nn::Module &network);

/// Copies a checkpoint into a network, converting types. Throws Error{Format} that names the file
/// and the first tensor that is missing, unexpected or of another shape; the network is then as it
/// was.
void load_state_dict(torch::nn::Module &network, const TensorFile &file);

/// The type under which a tensor is written to a file. Throws Error{Failed} for a type that
/// checkpoints do not have.
DType file_type(torch::ScalarType type);

/// A tensor of a checkpoint with its own memory, in its stored type.
torch::Tensor to_torch(const FileTensor &tensor);

}  // namespace hyperlips
