// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/error.hpp"

namespace hyperlips::training {

/// What is made cannot be written, so that going on with other videos makes no sense.
class OutputError : public Error {
 public:
  using Error::Error;
};

/// A picture as JPEG.
std::vector<std::uint8_t> encode_jpeg(const cv::Mat &picture, int quality = 95);

/// A folder that appears under its name when it is complete, never before. Replaces what has the
/// name already. All functions throw OutputError that names the file, say when the disk is full.
class ClipFolder {
 public:
  /// `scratch` is where the folder is until then: a folder on the same file system.
  ClipFolder(const std::filesystem::path &scratch, std::filesystem::path final);
  ~ClipFolder();
  ClipFolder(ClipFolder &&) noexcept;
  ClipFolder(const ClipFolder &) = delete;
  ClipFolder &operator=(const ClipFolder &) = delete;

  /// Where a file of it is written now.
  std::filesystem::path operator/(const std::string &name) const { return temporary_ / name; }
  void write(const std::string &name, std::span<const std::uint8_t> bytes) const;
  void commit();

 private:
  std::filesystem::path temporary_, final_;
};

/// Writes a text file under a temporary name and renames it.
void write_text(const std::filesystem::path &path, const std::string &text);

/// mkdir -p.
void make_folders(const std::filesystem::path &path);

}  // namespace hyperlips::training
