// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>

#include "options.hpp"
#include "util/pending_file.hpp"

namespace hyperlips::redub {

/// Checks OUT and the report of --json before anything is opened: neither may be an input or the
/// other, also under another name, and both must be writable. Throws UsageError and Error.
void check_outputs(const Options &options);

/// OUT while it is written, under a short temporary name in the same folder, so that OUT is never
/// incomplete. The destructor removes the temporary file unless it was committed. At most one at a
/// time, because of remove_now().
class OutputFile {
 public:
  /// Creates the temporary file. Throws Error.
  explicit OutputFile(const std::filesystem::path &path);
  ~OutputFile();
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;

  const std::filesystem::path &temporary() const { return file_->temporary(); }

  /// Renames the file to OUT; as PendingFile::commit().
  bool commit();

  /// Removes the temporary file at once; may be called by a signal handler.
  static void remove_now();

 private:
  std::optional<PendingFile> file_;
};

}  // namespace hyperlips::redub
