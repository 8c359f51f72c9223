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

/// Atomic file replacement: writes a temporary file in the folder of `target`, which commit()
/// renames to `target`. Without commit() the temporary file is removed and an existing `target` is
/// unchanged.
class PendingFile {
 public:
  /// Throws Error{NotFound} if the folder does not exist, and Error{Failed} if the file cannot be
  /// created or `target` exists and is not a regular file.
  explicit PendingFile(const std::filesystem::path &target);
  ~PendingFile();
  PendingFile(const PendingFile &) = delete;
  PendingFile &operator=(const PendingFile &) = delete;

  /// Throws Error{Failed} that names `target`, for example if the disk is full.
  void write(std::span<const std::byte> bytes);

  /// Syncs the file to disk and renames it. False if the file system does not support syncing, so
  /// that a power failure may still undo it. Throws Error{Failed}.
  bool commit();

  /// Where the file is until then.
  const std::filesystem::path &temporary() const { return temporary_; }

 private:
  int create(const std::filesystem::path &path);

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool file_created_ = false;
  bool committed_ = false;
  FileDescriptor file_;
};

/// Whether a file name is that of a PendingFile's temporary file, which remains only if the process
/// was killed while writing.
bool is_pending_name(std::string_view file_name);

/// Error{Failed} "Cannot write file 'PATH': WHY."
Error cannot_write(const std::filesystem::path &path, const std::string &why);

}  // namespace hyperlips
