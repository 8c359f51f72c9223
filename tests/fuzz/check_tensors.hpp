// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "common/memory_in_use.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/model/registry.hpp"
#include "util/byte_source.hpp"

namespace hyperlips::fuzz {

/// Parses `data` and aborts if that takes more memory than its size plus 64 MB, or if an accepted
/// file violates a guarantee of TensorFile. Exceptions other than Error and errors of a sanitizer
/// are findings too.
template <typename Parse>
void check_tensors(const std::uint8_t *data, std::size_t size, Parse parse) {
  const MemorySource source(std::as_bytes(std::span(data, size)));
  test::MemoryInUse memory;
  try {
    const TensorFile file = parse(source);
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
  if (memory.peak() > size + (std::size_t{64} << 20)) std::abort();
}

}  // namespace hyperlips::fuzz
