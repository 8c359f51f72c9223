// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace hyperlips {

/// A regular file, mapped read-only. If another process truncates the file while it is mapped,
/// access raises SIGBUS, as with every mapping: replace checkpoints by rename, never in place.
class MappedFile {
 public:
  /// Never blocks. Throws Error{NotFound} if the file does not exist or is not readable,
  /// Error{Format} if it is empty or not a regular file (folder, pipe, device), and Error{Memory}
  /// if it cannot be mapped.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path &path);

  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;

  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte *>(data_), size_};
  }

 private:
  MappedFile(void *data, std::size_t size) : data_(data), size_(size) {}

  void *data_;
  std::size_t size_;
};

}  // namespace hyperlips
