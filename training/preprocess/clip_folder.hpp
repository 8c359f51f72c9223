// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "hyperlips/error.hpp"

namespace hyperlips::training {

/// The output cannot be written (disk full, for example): processing other inputs would fail too.
class OutputError : public Error {
 public:
  using Error::Error;
};

/// "Cannot write 'PATH': REASON. ..." with what to do.
OutputError output_error(const std::filesystem::path &path, const std::string &reason);

/// A folder that is written under a temporary name and renamed when complete. Replaces an existing
/// file or folder of its name. All functions throw OutputError that names the file.
class ClipFolder {
 public:
  /// `scratch`: where the folder is until commit(), on the same file system as `final`.
  ClipFolder(const std::filesystem::path &scratch, std::filesystem::path final);
  ~ClipFolder();
  ClipFolder(ClipFolder &&) noexcept;
  ClipFolder(const ClipFolder &) = delete;
  ClipFolder &operator=(const ClipFolder &) = delete;

  /// Temporary path of a file in the folder.
  std::filesystem::path operator/(const std::string &name) const { return temporary_ / name; }
  void write(const std::string &name, std::span<const std::uint8_t> bytes) const;
  /// Moves the folder to its final name.
  void commit();

 private:
  std::filesystem::path temporary_, final_;
};

/// Writes a text file as PendingFile does. Throws OutputError.
void write_text(const std::filesystem::path &path, const std::string &text);

/// Creates a folder and its parents, as mkdir -p does. Throws OutputError.
void make_folders(const std::filesystem::path &path);

}  // namespace hyperlips::training
