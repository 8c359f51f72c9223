// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "hyperlips/error.hpp"
#include "util/file_descriptor.hpp"

namespace hyperlips {

/// A new file beside `target` that takes its name in commit() and vanishes without it, so
/// that the final name never shows half a file and an older file of that name survives a failure.
class PendingFile {
 public:
  /// Throws Error{NotFound} for a missing folder, else Error{Failed}, also when `target` exists and
  /// is not a regular file.
  explicit PendingFile(const std::filesystem::path &target);
  ~PendingFile();
  PendingFile(const PendingFile &) = delete;
  PendingFile &operator=(const PendingFile &) = delete;

  /// Throws Error{Failed} that names `target`: the disk is full, say.
  void write(std::span<const std::byte> bytes);

  /// Syncs and renames.
  void commit();

 private:
  int create(const std::filesystem::path &path);

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool file_created_ = false;
  bool committed_ = false;
  FileDescriptor file_;
};

/// Whether a file name is one that PendingFile gives while it writes: what is left of a process
/// that was killed then.
bool is_pending_name(std::string_view file_name);

/// Error{Failed} "Cannot write file 'PATH': WHY."
Error cannot_write(const std::filesystem::path &path, const std::string &why);

}  // namespace hyperlips
