// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "util/file_descriptor.hpp"

namespace hyperlips {

/// Bytes that are read by position: a file, or memory.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  virtual std::uint64_t size() const = 0;
  /// Fills `target` with the bytes from `offset` on; both ends are within size(). Throws
  /// Error{Format} if the source has become shorter or cannot be read.
  virtual void read(std::uint64_t offset, std::span<std::byte> target) const = 0;
};

/// Bytes in memory, which must outlive the object.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t size() const override { return bytes_.size(); }
  void read(std::uint64_t offset, std::span<std::byte> target) const override;

 private:
  std::span<const std::byte> bytes_;
};

/// A regular file. Read, not mapped: a file that another process shortens, or a network drive that
/// fails, gives an error instead of the signal SIGBUS.
class FileSource : public ByteSource {
 public:
  /// Never blocks. Throws Error{NotFound} if the file does not exist, is not readable or is not a
  /// regular file (but a folder, pipe, device).
  explicit FileSource(const std::filesystem::path &path);

  /// The size when the file was opened.
  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::span<std::byte> target) const override;

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace hyperlips
