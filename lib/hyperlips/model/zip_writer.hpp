// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "util/pending_file.hpp"

namespace hyperlips {

/// Writes a zip file (PKWARE APPNOTE 6.3) of stored members whose contents begin at multiples of 64
/// bytes, as torch.save does so that PyTorch can map them; zip64 where sizes or offsets need it.
class ZipWriter {
 public:
  /// zip64_from: sizes and offsets from here on are written as zip64; only tests lower it.
  explicit ZipWriter(PendingFile &file, std::uint64_t zip64_from = 0xffffffff);

  void add(const std::string &name, std::span<const std::byte> content);

  /// Writes the directory. The file is then complete, but not committed.
  void finish();

 private:
  struct Member {
    std::string name;
    std::uint32_t checksum = 0;
    std::uint64_t size = 0, header_offset = 0;
  };

  void write(std::span<const std::byte> bytes);

  PendingFile &file_;
  std::uint64_t zip64_from_;
  std::uint64_t offset_ = 0;
  std::vector<Member> members_;
};

}  // namespace hyperlips
