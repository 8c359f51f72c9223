// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>

#include "hyperlips/error.hpp"
#include "hyperlips/model/registry.hpp"

namespace hyperlips::fuzz {

/// Parses `data` and aborts if an accepted file violates a guarantee of TensorFile. Exceptions
/// other than Error and errors of a sanitizer are findings too.
template <typename Parse>
void check_tensors(const std::uint8_t *data, std::size_t size, Parse parse) {
  // A copy of exact size, for sanitizers.
  const std::shared_ptr<std::byte[]> copy(new std::byte[size]);
  std::memcpy(copy.get(), data, size);
  try {
    const TensorFile file = parse(std::span<const std::byte>(copy.get(), size), copy);
    for (const auto &[name, tensor] : file.tensors) {
      const auto item = size_of(tensor.dtype);
      if (tensor.bytes.size() != static_cast<std::size_t>(tensor.elements()) * item) std::abort();
      if (reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % item != 0) std::abort();
      // Reads all bytes of small tensors; many tensors may share a large storage.
      if (tensor.bytes.size() <= 4096) tensor.to_float();
    }
    identify(file);
  } catch (const Error &error) {
    if (std::strstr(error.what(), "fuzzed") == nullptr) std::abort();
  }
}

}  // namespace hyperlips::fuzz
