// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hyperlips/model/tensor_storage.hpp"
#include "util/byte_source.hpp"

namespace hyperlips {

/// Reads a zip file (PKWARE APPNOTE 6.3, with zip64): members stored or deflated, not encrypted,
/// not split, each in its own part of the file. All offsets and sizes are checked.
class ZipArchive {
 public:
  /// `file` must outlive the object; `path` is for messages. Throws Error{Format} that names the
  /// file if its central directory is damaged, or members overlap.
  ZipArchive(const ByteSource &file, const std::filesystem::path &path, ReadBudget &budget);

  /// Members by name, in alphabetical order.
  const auto &members() const { return members_; }
  bool contains(const std::string &name) const { return members_.contains(name); }
  /// Size of the content of a member, as the directory states it. Throws std::out_of_range.
  std::uint64_t size(const std::string &name) const { return members_.at(name).size; }

  /// The content of a member, inflated if necessary, in a new buffer of `storage`. The CRC-32 is
  /// checked unless it is 0 (PyTorch can omit checksums). Throws Error{Format} that names the file
  /// and the member.
  std::shared_ptr<const Buffer> read(const std::string &name, const TensorStorage &storage) const;

 private:
  struct Member {
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint32_t checksum = 0;
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;
    std::uint64_t header_offset = 0;
    std::uint64_t end = 0;  ///< the most that it can reach: where the next one begins
  };

  struct Directory {
    std::uint64_t entries = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
  };

  using Bytes = std::vector<std::byte>;

  Directory find_directory() const;
  Directory find_zip64_directory(std::uint64_t end_record) const;
  void read_directory(const Directory &directory, ReadBudget &budget);
  void read_zip64_sizes(std::span<const std::byte> extra, Member &member,
                        const std::string &name) const;
  void separate_members(std::uint64_t directory_offset);
  std::uint64_t find_content(const std::string &name, const Member &member) const;
  void inflate(std::uint64_t offset, const Member &member, const std::string &name,
               std::span<std::byte> content) const;

  [[noreturn]] void fail(const std::string &problem) const;
  [[noreturn]] void fail(const std::string &member, const std::string &problem) const;
  Bytes slice(std::uint64_t offset, std::uint64_t size, const char *what) const;

  const ByteSource &file_;
  std::filesystem::path path_;
  std::map<std::string, Member> members_;
};

}  // namespace hyperlips
