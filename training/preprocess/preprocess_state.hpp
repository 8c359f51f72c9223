// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>

#include <nlohmann/json_fwd.hpp>

#include "training/preprocess/preprocess_report.hpp"
#include "training/preprocess/resume_log.hpp"

namespace hyperlips::training {

/// The finished videos, stored in a ResumeLog.
class PreprocessState {
 public:
  /// Throws the errors of ResumeLog.
  PreprocessState(const std::filesystem::path &file, const nlohmann::json &options);

  /// By path; the last record of a path counts.
  const std::map<std::filesystem::path, VideoReport> &finished() const { return finished_; }

  /// Records a finished video. Throws OutputError.
  void add(const VideoReport &video);

 private:
  std::map<std::filesystem::path, VideoReport> finished_;
  ResumeLog log_;
};

}  // namespace hyperlips::training
