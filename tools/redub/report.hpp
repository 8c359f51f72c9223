// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "gst/lib/media/media_info.hpp"
#include "options.hpp"
#include "output_format.hpp"
#include "pipeline.hpp"

namespace hyperlips::redub {

/// The results of a run.
struct RunResult {
  OutputFormat format;
  std::uint64_t frames = 0;
  std::uint64_t frames_with_face = 0;
  std::uint64_t frames_looped = 0;
  NetworkUse base, hr;
  double seconds = 0;       ///< duration of the output
  double wall_seconds = 0;  ///< of processing, without loading
  bool cancelled = false;
  std::string pixels;                 ///< pixel format of the output, FFmpeg's name
  std::vector<std::string> not_kept;  ///< what of VIDEO and SPEECH the output does not have
  std::vector<std::string> warnings;
};

/// Writes the report of --json, if it was given. Returns why it could not be written, or nothing.
std::string write_report(const Options &options, const MediaInfo &video, const MediaInfo &speech,
                         const RunResult &result);

/// The same for a run that failed.
void write_failure(const Options &options, const std::string &message);

/// "not kept: ..."; empty if everything was kept.
std::string not_kept_text(const RunResult &result);

/// One line for the user.
std::string summary(const Options &options, const RunResult &result);

}  // namespace hyperlips::redub
