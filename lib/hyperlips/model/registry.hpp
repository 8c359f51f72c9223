// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// A published network: its name and the name and shape of each tensor of its state dict.
struct Architecture {
  std::string name;  ///< HyperLipsBase, HRDecoder x1 | x2 | x4, SyncNet_color [96], ...
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensors;
};

/// All known architectures.
std::span<const Architecture> architectures();

/// The metadata of banks of own mouths (own_mouths/bank.hpp), which are no networks.
inline constexpr const char *kBankKey = "hyperlips", *kBankValue = "own-mouths";
bool is_bank(const TensorFile &file);

/// Identifies the architecture of a checkpoint by its tensor names and shapes. The result is valid
/// for the lifetime of the process. Throws Error{Format} that names the file, the closest
/// architecture and the first tensor that is missing, unexpected or of another shape, or that lists
/// the known architectures if none is close.
const Architecture &identify(const TensorFile &file);

}  // namespace hyperlips
