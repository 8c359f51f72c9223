// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/tensor_storage.hpp"

#include <utility>

namespace hyperlips {
namespace {

// Upper bounds, in bytes, with the allocator's overhead and the spare room of growing vectors.
constexpr std::uint64_t kBufferCost = 160;  // the object and its places in containers
constexpr std::uint64_t kTensorCost = 320;  // a node of the map, and the reader's own entry
constexpr std::uint64_t kDimensionCost = 48;
constexpr std::uint64_t kMetadataCost = 192;

}  // namespace

Buffer::Buffer(std::shared_ptr<ReadBudget> budget, std::size_t size)
    : budget_(std::move(budget)), size_(size), cost_(size + kBufferCost) {
  budget_->use_memory(cost_);
  bytes_ = std::make_unique_for_overwrite<std::byte[]>(size);
}

void TensorStorage::charge_tensor(std::size_t name_size, std::size_t rank) {
  budget_->use_memory(kTensorCost + 2 * name_size + kDimensionCost * rank);
}

void TensorStorage::charge_metadata(std::size_t size) { budget_->use_memory(kMetadataCost + size); }

void TensorStorage::keep(std::shared_ptr<const Buffer> buffer) {
  if (kept_.empty() || kept_.back() != buffer) kept_.push_back(std::move(buffer));
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
