// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>

namespace hyperlips {

/// What reading one file may cost: memory in use up to the size of the file plus 64 MB, and loading
/// storages again and again up to four times the size plus 64 MB. Real checkpoints need little more
/// than their size; only a file made to exhaust a machine needs more. Readers charge the largest
/// memory that their containers take while they grow.
class ReadBudget {
 public:
  /// `path` and `kind`, such as "PyTorch checkpoint", are for messages.
  ReadBudget(std::uint64_t file_size, std::filesystem::path path, const char *kind);

  /// Counts `bytes` as in use. Throws Error{Format} that names the file.
  void use_memory(std::uint64_t bytes);
  /// Memory that was counted and is free again.
  void free_memory(std::uint64_t bytes) { memory_ += bytes; }
  /// Counts work on `bytes`. Throws Error{Format} that names the file.
  void work(std::uint64_t bytes);

 private:
  std::uint64_t memory_, work_;  ///< what is left, in bytes
  std::uint64_t limit_;          ///< of the memory
  std::filesystem::path path_;
  const char *kind_;
};

}  // namespace hyperlips
