// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <span>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

inline constexpr std::size_t kMaxSafetensorsHeader = 100'000'000;

/// Whether a file starts like a safetensors file.
bool looks_like_safetensors(std::span<const std::byte> file);

/// read_safetensors() for a file in memory; `owner` keeps `file` alive. `path` is for messages.
TensorFile parse_safetensors(std::span<const std::byte> file, const std::filesystem::path &path,
                             std::shared_ptr<const void> owner);

}  // namespace hyperlips
