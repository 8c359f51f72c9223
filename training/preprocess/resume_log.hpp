// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "util/file_descriptor.hpp"

namespace hyperlips::training {

/// What was done already, in a file of JSON lines: the options, then a line for each thing that is
/// finished, appended when all of it is on the disk. A last line that was cut off by a crash is
/// overwritten. Holds a lock for as long as it lives.
class ResumeLog {
 public:
  /// Opens or makes the file and gives `take` each finished line; what nlohmann::json throws there
  /// counts as damage. Throws Error{Settings} when another process uses it or `options` differ from
  /// those it was made with, Error{Format} when it is damaged, OutputError when it cannot be
  /// written.
  ResumeLog(const std::filesystem::path &file, const nlohmann::json &options,
            const std::function<void(const nlohmann::json &)> &take);

  /// Throws OutputError.
  void append(const nlohmann::json &line);

 private:
  void read(const nlohmann::json &options, const std::function<void(const nlohmann::json &)> &take);

  std::filesystem::path path_;
  FileDescriptor file_;
};

/// "min_face was 64, now it is 32": the first option that differs.
std::string changed_option(const nlohmann::json &before, const nlohmann::json &now);

}  // namespace hyperlips::training
