// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>

#include <nlohmann/json_fwd.hpp>

#include "model/file_descriptor.hpp"
#include "training/preprocess/preprocess_report.hpp"

namespace hyperlips::training {

/// What was done already, in a file of JSON lines: the options, then a line for each video that is
/// finished, appended when all of its clips are on the disk. A last line that was cut off by a crash
/// is overwritten. Holds a lock for as long as it lives.
class PreprocessState {
 public:
  /// Opens or makes the file. Throws Error{Settings} when another process uses it or `options`
  /// differ from those it was made with, Error{Format} when it is damaged, OutputError when it
  /// cannot be written.
  PreprocessState(const std::filesystem::path &file, const nlohmann::json &options);

  /// By path; of several for one path the last counts.
  const std::map<std::filesystem::path, VideoReport> &finished() const { return finished_; }

  /// Records a finished video. Throws OutputError.
  void add(const VideoReport &video);

 private:
  void read(const nlohmann::json &options);
  void append(const nlohmann::json &line);

  std::filesystem::path path_;
  FileDescriptor file_;
  std::map<std::filesystem::path, VideoReport> finished_;
};

}  // namespace hyperlips::training
