// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "util/file_descriptor.hpp"

namespace hyperlips::training {

/// A log of finished work, to resume from: JSON lines with the options, then one line per finished
/// item, appended after its files are on disk. A last line truncated by a crash is overwritten.
/// Locks the file during its lifetime.
class ResumeLog {
 public:
  /// Opens or creates the file and calls `take` with each finished line; a
  /// nlohmann::json::exception from it means a damaged file. Throws Error{Settings} if another
  /// process uses the file or it was made with other options, Error{Format} if it is damaged,
  /// OutputError if it cannot be written.
  ResumeLog(const std::filesystem::path &file, const nlohmann::json &options,
            const std::function<void(const nlohmann::json &)> &take);

  /// Appends a line. Throws OutputError.
  void append(const nlohmann::json &line);

 private:
  void read(const nlohmann::json &options, const std::function<void(const nlohmann::json &)> &take);

  std::filesystem::path path_;
  FileDescriptor file_;
};

/// The first option that differs: "min_face was 64, now it is 32".
std::string changed_option(const nlohmann::json &before, const nlohmann::json &now);

}  // namespace hyperlips::training
