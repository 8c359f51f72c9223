// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace hyperlips {

/// A regular file, mapped read-only. A file that another process shortens while it is mapped raises
/// SIGBUS on access, as with every mapping: replace checkpoints by rename, never in place.
class MappedFile {
 public:
  /// Throws Error{NotFound} when the file is not there or may not be read, Error{Format} for an
  /// empty file and for anything but a regular file (folder, pipe, device), without blocking on it.
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
