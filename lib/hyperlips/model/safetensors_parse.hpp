// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <span>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

constexpr std::size_t kMaxSafetensorsHeader = 100'000'000;

/// Whether a file begins as a safetensors file does.
bool looks_like_safetensors(std::span<const std::byte> file);

/// read_safetensors for a file that is in memory already; `owner` keeps `file` alive.
TensorFile parse_safetensors(std::span<const std::byte> file, const std::filesystem::path &path,
                             std::shared_ptr<const void> owner);

}  // namespace hyperlips
