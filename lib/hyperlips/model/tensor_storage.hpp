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

constexpr std::size_t kMaxTensors = 100'000;
constexpr std::size_t kMaxRank = 64;

/// What a TensorFile's bytes lie in: the mapping, and copies of what could not be used in place.
class TensorStorage {
 public:
  explicit TensorStorage(std::shared_ptr<const void> file) : file_(std::move(file)) {}

  /// Uninitialized bytes, aligned for every DType.
  std::span<std::byte> allocate(std::size_t size);

  /// The same bytes where a value of `alignment` may be read: in place or copied.
  std::span<const std::byte> aligned(std::span<const std::byte> bytes, std::size_t alignment);

 private:
  std::shared_ptr<const void> file_;
  std::vector<std::unique_ptr<std::byte[]>> copies_;
};

/// Product of a shape; nothing when a size is negative or the bytes of the tensor would overflow
/// (zeros do not hide an overflow of the other sizes).
std::optional<std::int64_t> count_elements(std::span<const std::int64_t> shape, DType dtype);

}  // namespace hyperlips
