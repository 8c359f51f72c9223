// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/tensor_storage.hpp"

#include <cstring>

namespace hyperlips {

std::span<std::byte> TensorStorage::allocate(std::size_t size) {
  copies_.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
  return {copies_.back().get(), size};
}

std::span<const std::byte> TensorStorage::aligned(std::span<const std::byte> bytes,
                                                  std::size_t alignment) {
  if (bytes.empty()) return {};
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignment == 0) return bytes;
  const auto copy = allocate(bytes.size());
  std::memcpy(copy.data(), bytes.data(), bytes.size());
  return copy;
}

std::optional<std::int64_t> count_elements(std::span<const std::int64_t> shape, DType dtype) {
  auto bytes = static_cast<std::int64_t>(size_of(dtype));
  bool empty = false;
  for (const auto size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) {
      empty = true;
    } else if (__builtin_mul_overflow(bytes, size, &bytes)) {
      return std::nullopt;
    }
  }
  return empty ? 0 : bytes / static_cast<std::int64_t>(size_of(dtype));
}

}  // namespace hyperlips
