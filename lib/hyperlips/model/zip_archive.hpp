// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "hyperlips/model/tensor_storage.hpp"

namespace hyperlips {

/// Reads a zip file in memory (PKWARE APPNOTE 6.3, with zip64): members stored or deflated, not
/// encrypted, not split. All offsets and sizes are checked against the file size.
class ZipArchive {
 public:
  /// `file` must outlive the object; `path` is for messages. Throws Error{Format} that names the
  /// file if its central directory is damaged.
  ZipArchive(std::span<const std::byte> file, const std::filesystem::path &path);

  /// Members by name, in alphabetical order.
  const auto &members() const { return members_; }
  bool contains(const std::string &name) const { return members_.contains(name); }

  /// The content of a member: in place if stored, otherwise inflated into `storage`. The total
  /// inflated size is limited to 20 times the file size plus 64 MB. The CRC-32 is checked unless it
  /// is 0 (PyTorch can omit checksums). Throws Error{Format} that names the file and the member.
  std::span<const std::byte> read(const std::string &name, TensorStorage &storage);

 private:
  struct Member {
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint32_t checksum = 0;
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;
    std::uint64_t header_offset = 0;
  };

  struct Directory {
    std::uint64_t entries = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
  };

  Directory find_directory() const;
  Directory find_zip64_directory(std::uint64_t end_record) const;
  void read_directory(const Directory &directory);
  void read_zip64_sizes(std::span<const std::byte> extra, Member &member,
                        const std::string &name) const;
  std::span<const std::byte> inflate(std::span<const std::byte> compressed, const Member &member,
                                     const std::string &name, TensorStorage &storage);

  [[noreturn]] void fail(const std::string &problem) const;
  [[noreturn]] void fail(const std::string &member, const std::string &problem) const;
  std::span<const std::byte> slice(std::uint64_t offset, std::uint64_t size,
                                   const char *what) const;

  std::span<const std::byte> file_;
  std::filesystem::path path_;
  std::map<std::string, Member> members_;
  std::uint64_t inflate_budget_;
};

}  // namespace hyperlips
