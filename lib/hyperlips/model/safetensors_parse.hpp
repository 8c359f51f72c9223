// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include "hyperlips/model/tensor_file.hpp"
#include "util/byte_source.hpp"

namespace hyperlips {

inline constexpr std::size_t kMaxSafetensorsHeader = 100'000'000;

/// Whether a file whose first bytes are `start` looks like a safetensors file.
bool looks_like_safetensors(std::span<const std::byte> start);

/// read_safetensors() for any source. `path` is for messages.
TensorFile parse_safetensors(const ByteSource &file, const std::filesystem::path &path);

}  // namespace hyperlips
