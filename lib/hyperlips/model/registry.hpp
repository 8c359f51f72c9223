// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// A published network: its name and the name and shape of every tensor of its state dict.
struct Architecture {
  std::string name;  ///< HyperLipsBase, HRDecoder x1 | x2 | x4, SyncNet_color [96], ...
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensors;
};

/// All architectures that this build knows.
std::span<const Architecture> architectures();

/// The architecture of a checkpoint, by its tensor names and shapes. Throws Error{Format} that
/// names the file and either the first tensor that is missing, unexpected or of another shape (with
/// what was expected and what was found) of the closest architecture, or says that it is none of
/// them.
const Architecture &identify(const TensorFile &file);

}  // namespace hyperlips
