// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "hyperlips/model/read_budget.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

inline constexpr std::size_t kMaxTensors = 100'000;
inline constexpr std::size_t kMaxRank = 64;

/// Uninitialized bytes, aligned for every DType, that count as memory in use while they exist.
class Buffer {
 public:
  /// Throws Error{Format} if the budget does not allow it.
  Buffer(std::shared_ptr<ReadBudget> budget, std::size_t size);
  ~Buffer() { budget_->free_memory(cost_); }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;

  std::span<std::byte> bytes() { return {bytes_.get(), size_}; }
  std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  std::shared_ptr<ReadBudget> budget_;
  std::size_t size_;
  std::uint64_t cost_;
  std::unique_ptr<std::byte[]> bytes_;
};

/// Owns the bytes of a TensorFile.
class TensorStorage {
 public:
  /// For a file of this size; `kind` as ReadBudget takes it.
  TensorStorage(std::uint64_t file_size, const std::filesystem::path &path, const char *kind)
      : budget_(std::make_shared<ReadBudget>(file_size, path, kind)) {}

  ReadBudget &budget() { return *budget_; }
  /// A buffer that is freed unless it is kept. Throws Error{Format} as Buffer does.
  std::shared_ptr<Buffer> allocate(std::size_t size) const {
    return std::make_shared<Buffer>(budget_, size);
  }
  /// Counts the memory that an entry of TensorFile::tensors takes beside its bytes.
  void charge_tensor(std::size_t name_size, std::size_t rank);
  /// The same for an entry of TensorFile::metadata with a name and a text of together `size` bytes.
  void charge_metadata(std::size_t size);
  /// Keeps `buffer` as long as this object exists.
  void keep(std::shared_ptr<const Buffer> buffer);

 private:
  std::shared_ptr<ReadBudget> budget_;
  std::vector<std::shared_ptr<const Buffer>> kept_;
};

/// Number of elements of a shape. Returns nothing if a size is negative or the size in bytes
/// overflows (a size of 0 does not hide an overflow of the others).
std::optional<std::int64_t> count_elements(std::span<const std::int64_t> shape, DType dtype);

}  // namespace hyperlips
