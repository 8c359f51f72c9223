// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <span>

#include "hyperlips/model/pth_training.hpp"

namespace hyperlips {

/// read_pth() for a file in memory; `owner` keeps `file` alive. `path` is for messages.
TensorFile parse_pth(std::span<const std::byte> file, const std::filesystem::path &path,
                     std::shared_ptr<const void> owner);

/// read_pth_training likewise.
PthTraining parse_pth_training(std::span<const std::byte> file, const std::filesystem::path &path,
                               std::shared_ptr<const void> owner);

/// Whether a file starts like a .pth: with a zip member, an empty zip archive or a pickle. A
/// safetensors file may start with the same bytes.
bool looks_like_pth(std::span<const std::byte> file);

}  // namespace hyperlips
