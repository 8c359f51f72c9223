// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace hyperlips::redub {

/// OUT while it is written: a temporary name beside it, so that OUT itself is never half a file.
/// Unless it is committed, the temporary file goes when this does.
class OutputFile {
 public:
  /// Throws Error when nothing can be written there.
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;

  const std::filesystem::path &temporary() const { return temporary_; }

  /// Writes the file through to the disk and gives it its name.
  void commit();

  /// Removes the temporary file at once; may be called by a signal handler.
  static void remove_now();

 private:
  std::filesystem::path path_, temporary_;
};

}  // namespace hyperlips::redub
