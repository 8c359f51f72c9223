// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "training/preprocess/face_clip_reader.hpp"
#include "training/sync/sync_offset.hpp"

namespace hyperlips::training {

struct ClipReport {
  std::string name;  ///< SPEAKER/CLIP_NNNN
  double start = 0;  ///< seconds after the video's first frame
  std::int64_t frames = 0;
  std::optional<SyncOffset> sync;  ///< as found, before the sound was moved
};

struct VideoReport {
  std::filesystem::path path;
  std::string speaker, clip;
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  double seconds = 0;  ///< read
  std::vector<ClipReport> clips;
  std::vector<DroppedStretch> dropped;
  std::string error;  ///< why it could not be read to its end; empty: it was
};

struct PreprocessReport {
  std::vector<VideoReport> videos;  ///< in order of their paths, those of earlier runs too
  std::size_t skipped = 0;          ///< videos that were done already
  bool cancelled = false;

  std::vector<std::string> clip_names() const;
  std::int64_t frames() const;
  std::map<std::string, double> dropped_seconds() const;  ///< by reason
  std::size_t failed() const;                             ///< videos with an error
};

nlohmann::json to_json(const VideoReport &video);
/// Throws nlohmann::json::exception when it is no such report.
VideoReport video_report(const nlohmann::json &json);

/// Everything of it, with totals, for report.json.
nlohmann::json to_json(const PreprocessReport &report);

}  // namespace hyperlips::training
