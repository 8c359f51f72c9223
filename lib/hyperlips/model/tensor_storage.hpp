// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

inline constexpr std::size_t kMaxTensors = 100'000;
inline constexpr std::size_t kMaxRank = 64;

/// Owns the bytes of a TensorFile: the mapped file, and copies of data that is unusable in place.
class TensorStorage {
 public:
  explicit TensorStorage(std::shared_ptr<const void> file) : file_(std::move(file)) {}

  /// Uninitialized bytes, aligned for every DType.
  std::span<std::byte> allocate(std::size_t size);

  /// Returns `bytes` at an address that is a multiple of `alignment`: in place, or copied.
  std::span<const std::byte> aligned(std::span<const std::byte> bytes, std::size_t alignment);

 private:
  std::shared_ptr<const void> file_;
  std::vector<std::unique_ptr<std::byte[]>> copies_;
};

/// Number of elements of a shape. Returns nothing if a size is negative or the size in bytes
/// overflows (a size of 0 does not hide an overflow of the others).
std::optional<std::int64_t> count_elements(std::span<const std::int64_t> shape, DType dtype);

}  // namespace hyperlips
