// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace hyperlips::redub {

/// OUT while it is written, under a temporary name in the same folder, so that OUT is never
/// incomplete. The destructor removes the temporary file unless it was committed. At most one at a
/// time, because of remove_now().
class OutputFile {
 public:
  /// Creates the temporary file. Throws Error{NotFound} if it cannot.
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;

  const std::filesystem::path &temporary() const { return temporary_; }

  /// Flushes the file to the disk and renames it to OUT. Throws Error{Failed}.
  void commit();

  /// Removes the temporary file at once; may be called by a signal handler.
  static void remove_now();

 private:
  std::filesystem::path path_, temporary_;
};

}  // namespace hyperlips::redub
